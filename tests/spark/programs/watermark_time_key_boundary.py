"""Watermark: a time that equals the watermark is final, and late afterwards."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 1))
    rows.add(*at(11))
    rows.add(*at(0, 1, 2))
    rows.add({"time": "2026-03-06T10:01:00.000001Z", "value": 7}, *at(12))
    rows.add(*at(2, 3))
    return run_batches(rows.events(spark).groupBy("time").count(), folder)
