"""Aggregation: lists of structs, arrays and text grow in their order."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "s": {"x": 1, "y": "a"}, "l": [1, None]}, {"k": 1, "s": None})
    rows.add({"k": 2, "s": {"x": None, "y": "b"}, "l": []})
    rows.add({"k": 1, "s": {"x": 2, "y": None}, "l": [3]}, {"k": 2, "l": None})
    schema = "k INT, s STRUCT<x: INT, y: STRING>, l ARRAY<INT>"
    frame = (
        rows.read(spark, schema)
        .groupBy("k")
        .agg(
            f.collect_list("s").alias("structs"),
            f.array_agg("l").alias("arrays"),
            f.collect_list(f.struct("l", "s.y")).alias("pairs"),
            f.flatten(f.collect_list("l")).alias("flat"),
            f.size(f.collect_list("s")).alias("count"),
        )
    )
    return run_batches(frame, folder, "update")
