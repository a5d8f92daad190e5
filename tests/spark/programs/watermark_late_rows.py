"""Watermark: what is late is dropped and counted; windows that wait still take rows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(5, 12))
    rows.add(*at(31))
    rows.add(*at(5, 8, 15, 22))
    rows.add(*at(9, 19, 20, 29, 70))
    rows.add(*at(1, 61))
    grouped = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.count("*"), f.min("value"), f.max("value"))
    )
    return run_batches(grouped, folder, "append")
