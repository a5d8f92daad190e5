"""Watermark, update: groups come out as they change and leave the state unseen."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 11))
    rows.add(*at(2, 25))
    rows.add(*at(3, 12, 24))
    rows.add(*at(60))
    grouped = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.sum("value"))
    )
    return run_batches(grouped, folder, "update")
