"""Watermark: files without a row, first, in between and last."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add()
    rows.add(*at(5))
    rows.add()
    rows.add(*at(40))
    rows.add()
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    return run_batches(frame, folder)
