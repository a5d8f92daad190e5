"""Aggregation: rollup of a key within windows, append."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(14, k="a"), *at(4, k=None))
    rows.add(*at(40, k="b"))
    rows.events(spark, "k STRING").createOrReplaceTempView("rolled_rows")
    frame = spark.sql("""
        SELECT window.start, k, count(*) AS n, sum(value) AS total
        FROM rolled_rows GROUP BY window(time, '10 minutes'), ROLLUP (k)
    """)
    return run_batches(frame, folder, "append")
