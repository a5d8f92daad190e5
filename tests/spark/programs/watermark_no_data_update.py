"""Watermark, update: batches without data take groups away and give none."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(45))
    rows.add(*at(46, 3))
    rows.add(*at(100))
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    return run_batches(frame, folder, "update")
