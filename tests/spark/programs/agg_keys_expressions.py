"""Aggregation: keys that are calculated, and aggregates of them."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(3, 14, 25), {"value": None})
    rows.add(*at(61, 62, 4), {"value": -7})
    frame = rows.read(spark, "time TIMESTAMP, value INT").groupBy(
        (f.col("value") % 3).alias("rest"), f.hour("time").alias("hour")
    )
    aggregated = frame.agg(f.sum(f.col("value") % 3), f.max("time"))
    return run_batches(aggregated, folder, "update")
