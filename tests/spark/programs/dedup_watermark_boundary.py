"""Deduplication: a time that equals the watermark is late."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(20))
    rows.add(*at(10, 11))
    rows.add({"time": "2026-03-06T10:10:00.000001Z", "value": 1}, *at(10, 20))
    rows.add(*at(21))
    rows.add(*at(11, 12))
    return run_batches(rows.events(spark).dropDuplicates(["time", "value"]), folder)
