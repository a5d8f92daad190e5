"""Aggregation: chosen sets of keys, and which keys a row is of."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": "x", "v": 5}, {"a": 1, "b": None, "v": 6})
    rows.add({"a": None, "b": "x", "v": 7}, {"a": 1, "b": "x", "v": None})
    rows.read(spark, "a INT, b STRING, v INT").createOrReplaceTempView("set_rows")
    frame = spark.sql("""
        SELECT a, b, sum(v) AS total, grouping(a) AS no_a, grouping_id() AS id
        FROM set_rows GROUP BY GROUPING SETS ((a, b), (a), ())
    """)
    partial = spark.sql("""
        SELECT a, b, count(*) FILTER (WHERE v > 5) AS n, grouping_id(a, b) AS id
        FROM set_rows GROUP BY a, CUBE (b) HAVING count(*) > 1
    """)
    return [
        *run_batches(frame, folder, "update", name="sets"),
        *run_batches(partial, folder, "complete", name="partial"),
    ]
