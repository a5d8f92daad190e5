"""Aggregation, append: a key with the watermark comes out once, when it is final."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 0, 5, 7))
    rows.add(*at(5, 20, 21))
    rows.add(*at(6, 40))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy("time")
        .agg(f.count("*"), f.sum("value"))
    )
    return run_batches(frame, folder, "append")
