"""Watermark: a window leaves when the watermark is at its end, and not before."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(5))
    rows.add({"time": "2026-03-06T10:19:59.999Z", "value": 1})
    rows.add(*at(9), *at(20))
    rows.add(*at(9), *at(10), *at(19))
    rows.add(*at(30))
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes"))
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
