"""Watermark: filters of windows and of what comes out."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12, 33))
    rows.add(*at(2, 34))
    rows.add(*at(60))
    windows = rows.events(spark).select(
        "value", f.window("time", "10 minutes").alias("w")
    )
    frame = windows.where("minute(w.start) <> 10").groupBy("w").count()
    counted = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    return [
        *run_batches(frame, folder, name="below"),
        *run_batches(counted.where("count > 1"), folder, name="above"),
        *run_batches(counted.where("minute(window.start) > 0"), folder, name="key"),
    ]
