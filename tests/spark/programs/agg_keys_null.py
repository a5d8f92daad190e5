"""Aggregation: null is a key of its own in each of several columns."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": None, "c": "x"}, {"a": None, "b": 1, "c": "x"}, {})
    rows.add({"a": 1, "c": "x"}, {"b": 1, "c": "x"}, {"a": 1, "b": 1, "c": None}, {})
    frame = rows.read(spark, "a INT, b INT, c STRING").groupBy("a", "b", "c")
    return run_batches(frame.agg(f.count("*"), f.count("a")), folder, "update")
