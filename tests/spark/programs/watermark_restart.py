"""Watermark: kept by the checkpoint, so what was late is late after a restart."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 11))
    rows.add(*at(45))
    grouped = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .count()
    )
    first = run_batches(grouped, folder, "append")
    rows.add(*at(2, 12, 36))
    second = run_batches(grouped, folder, "append")
    rows.add(*at(90))
    return first + second + run_batches(grouped, folder, "append")
