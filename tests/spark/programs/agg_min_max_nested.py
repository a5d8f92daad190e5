"""Aggregation: the least and greatest bytes, structs and arrays."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"b": "AQI=", "s": {"x": 1, "y": "b"}, "l": [1, 2]}, {"l": []})
    rows.add({"b": "AQ==", "s": {"x": None, "y": "z"}, "l": [1, None]}, {"b": "/w=="})
    rows.add(
        {"b": "", "s": {"x": 1, "y": None}, "l": [1, 2, 0]}, {"s": {"x": 1, "y": "c"}}
    )
    schema = "b BINARY, s STRUCT<x: INT, y: STRING>, l ARRAY<INT>"
    calls = [f"{call}({name})" for name in "bsl" for call in ("min", "max")]
    return run_batches(rows.read(spark, schema).selectExpr(*calls), folder, "update")
