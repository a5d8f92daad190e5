"""Aggregation, append: windows, rollup, FILTER and HAVING together."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 3, k="a", b="x"), *at(4, k="b", b="x"))
    rows.add(*at(5, k="a", b=None), *at(14, k="a", b="y"))
    rows.add(*at(15, 50, k="b", b="y"))
    rows.events(spark, "k STRING, b STRING").createOrReplaceTempView("all_rows")
    frame = spark.sql("""
        SELECT window.end AS e, k, b, grouping_id() AS g,
            count(*) FILTER (WHERE value % 2 = 1) AS odd, max_by(b, value) AS last
        FROM all_rows
        GROUP BY window(time, '10 minutes'), GROUPING SETS ((k, b), (k), ())
        HAVING count(*) > 1
    """)
    return run_batches(frame, folder)
