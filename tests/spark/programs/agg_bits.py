"""Aggregation: bits and products."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 12, "b": 5}, {"k": 1, "v": 10, "b": 4}, {"k": 2, "v": None})
    rows.add({"k": 1, "v": -8, "b": None}, {"k": 1, "v": 12, "b": 1}, {"k": 2, "b": -1})
    calls = [f"bit_{call}({name})" for name in "vb" for call in ("and", "or", "xor")]
    frame = rows.read(spark, "k INT, v BIGINT, b TINYINT").groupBy("k")
    aggregates = [*map(f.expr, calls), f.product("v").alias("product")]
    return run_batches(frame.agg(*aggregates), folder, "update")
