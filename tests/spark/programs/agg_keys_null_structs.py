"""Aggregation: a null struct is not a struct of nulls, at any depth."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    keys = [None, {}, {"a": None}, {"a": {}}, {"a": {"b": 1}}, {"a": {"b": 1}, "c": 2}]
    rows.add(*({"s": key} for key in keys))
    rows.add(*({"s": key, "l": [key]} for key in keys), {"l": []}, {"l": [None]})
    read = rows.read(
        spark, "s STRUCT<a: STRUCT<b: INT>, c: INT>, l ARRAY<STRUCT<c: INT>>"
    )
    return [
        *run_batches(read.groupBy("s").count(), folder, "update", name="struct"),
        *run_batches(read.groupBy("l").count(), folder, "update", name="list"),
        *run_batches(read.select("s", "l").distinct(), folder, name="distinct"),
    ]
