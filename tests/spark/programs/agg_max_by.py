"""Aggregation: the value that goes with the greatest or the least of another."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": "a", "o": 3}, {"k": 2, "v": "x", "o": None})
    rows.add({"k": 1, "v": "b", "o": 5}, {"k": 1, "v": "c", "o": None})
    rows.add({"k": 1, "v": None, "o": -1}, {"k": 2, "v": "y", "o": 0})
    rows.read(spark, "k INT, v STRING, o INT").createOrReplaceTempView("by_rows")
    frame = spark.sql(
        "SELECT k, max_by(v, o), min_by(v, o), max(struct(o, v)) AS top"
        " FROM by_rows GROUP BY k"
    )
    return run_batches(frame, folder, "update")
