"""Watermark: of a time taken from a struct, or made by a function."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": {"t": "2026-03-06T10:01:00Z"}, "u": 1772791260})
    rows.add({"s": {"t": "2026-03-06T10:40:00Z"}, "u": 1772793600})
    rows.add({"s": {"t": "2026-03-06T10:02:00Z"}, "u": 1772791320}, {"s": None})
    read = rows.read(spark, "s STRUCT<t: TIMESTAMP>, u BIGINT")
    field = read.select("s.t", "u").withWatermark("t", "10 minutes")
    made = read.select(f.timestamp_seconds("u").alias("t")).withWatermark(
        "t", "10 minutes"
    )
    return [
        *run_batches(
            field.groupBy(f.window("t", "5 minutes")).count(), folder, name="f"
        ),
        *run_batches(
            made.groupBy(f.window("t", "5 minutes")).count(), folder, name="m"
        ),
    ]
