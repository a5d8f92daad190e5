"""Watermark, complete: nothing is late and nothing leaves the state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 11))
    rows.add(*at(45))
    rows.add(*at(2, 12))
    grouped = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.sum("value"))
    )
    return run_batches(grouped, folder, "complete")
