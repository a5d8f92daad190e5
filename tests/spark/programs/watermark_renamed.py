"""Watermark: stays with its column through a new name and a filter before it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 500))
    rows.add(*at(35))
    rows.add(*at(2, 36))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .where("value < 100")
        .withWatermark("time", "10 minutes")
        .select(f.col("time").alias("moment"), "value")
        .where("value <> 36")
        .groupBy(f.window("moment", "10 minutes"))
        .agg(f.max("value"))
    )
    return run_batches(frame, folder, "append")
