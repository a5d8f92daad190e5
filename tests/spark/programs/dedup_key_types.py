"""Deduplication: by text, bytes, decimals, days, structs and arrays."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    first = {
        "s": "é",
        "b": "AQI=",
        "n": 1.5,
        "d": "2026-01-01",
        "t": {"x": 1},
        "l": [1],
    }
    rows.add(first, {**first, "s": "e"}, {"t": {"x": None}, "l": [None]})
    rows.add(first, {"t": {"x": None}, "l": [None]}, {"l": []}, {**first, "n": 1.50})
    rows.add({**first, "b": ""}, {"l": []}, {})
    schema = (
        "s STRING, b BINARY, n DECIMAL(5, 2), d DATE, t STRUCT<x: INT>, l ARRAY<INT>"
    )
    read = rows.read(spark, schema)
    return [
        *run_batches(read.distinct(), folder, name="all"),
        *run_batches(read.select("t", "l").distinct(), folder, name="nested"),
        *run_batches(read.dropDuplicates(["b"]), folder, name="bytes"),
    ]
