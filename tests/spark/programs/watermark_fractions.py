"""Watermark: milliseconds alone count; the average time is reported too."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    times = ["10:00:00.123456", "10:00:01.999999", "10:00:05.0005", "10:00:09.9999999"]
    for time in times:
        rows.add({"time": f"2026-03-06T{time}Z"}, {"time": "2026-03-06T10:00:00Z"})
    frame = (
        rows.read(spark, "time TIMESTAMP")
        .withWatermark("time", "1500 milliseconds")
        .groupBy(f.window("time", "1 second"))
        .count()
    )
    return run_batches(frame, folder, "append")
