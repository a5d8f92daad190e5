"""Aggregation: arrays and nested structs as keys."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"l": [1, 2]}, {"l": []}, {"l": None}, {"l": [None]})
    rows.add({"l": [1, 2], "s": {"a": {"b": 1}, "c": ["x"]}}, {"l": [2, 1]})
    rows.add(
        {"l": [None], "s": {"a": {"b": 1}, "c": ["x"]}}, {"s": {"a": None, "c": []}}
    )
    schema = "l ARRAY<INT>, s STRUCT<a: STRUCT<b: INT>, c: ARRAY<STRING>>"
    read = rows.read(spark, schema)
    return [
        *run_batches(read.groupBy("l").count(), folder, "update", name="array"),
        *run_batches(read.groupBy("s", "l").count(), folder, "update", name="both"),
    ]
