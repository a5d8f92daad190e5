"""Triggers: once does no batch without data; what is final waits for the next."""

from pyspark.sql import functions as f

from tests.spark.streams import ONCE, Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 45))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "5 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .count()
    )
    first = run_batches(frame, folder, trigger=ONCE)
    second = run_batches(frame, folder, trigger=ONCE)
    rows.add(*at(2, 50))
    return first + second + run_batches(frame, folder, trigger=ONCE)
