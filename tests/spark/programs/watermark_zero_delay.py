"""Watermark: no delay at all; the end of a window is not in it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(9))
    rows.add(*at(10, 9))
    rows.add(*at(9, 10))
    rows.add({"time": "2026-03-06T10:19:59.999999Z", "value": 0}, *at(20))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "0 seconds")
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.sum("value"), f.count("*"))
    )
    return run_batches(frame, folder, "append")
