"""Watermark: it does not go back when later rows are older."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(60))
    rows.add(*at(20, 55))
    rows.add(*at(30))
    rows.add(*at(61))
    frame = rows.events(spark).groupBy(f.window("time", "5 minutes")).count()
    return run_batches(frame, folder)
