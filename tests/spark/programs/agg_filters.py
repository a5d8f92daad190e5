"""Aggregation: FILTER on each kind of aggregate."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"k": 1, "v": 1, "s": "a"}, {"k": 1, "v": 9, "s": "b"}, {"k": 2, "v": None}
    )
    rows.add(
        {"k": 1, "v": None, "s": "c"}, {"k": 2, "v": 20, "s": "d"}, {"k": 1, "v": 30}
    )
    rows.read(spark, "k INT, v INT, s STRING").createOrReplaceTempView("filters_rows")
    frame = spark.sql("""
        SELECT k, avg(v) FILTER (WHERE v > 5) AS a, first(s) FILTER (WHERE v > 5) AS f,
            collect_list(s) FILTER (WHERE s <> 'a') AS l,
            max_by(s, v) FILTER (WHERE v < 25) AS m,
            count(*) FILTER (WHERE v IS NULL) AS n,
            stddev(v) FILTER (WHERE k = 1) AS d, max(s) FILTER (WHERE false) AS none,
            sum(v) FILTER (WHERE v > 5) - sum(v) AS rest,
            percentile(v, 0.5) FILTER (WHERE v < 25) AS p
        FROM filters_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
