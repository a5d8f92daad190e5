"""Watermark: one folder read twice, with a delay each."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    rows.add(*at(5, 24))
    rows.add(*at(60))
    both = rows.events(spark).union(rows.events(spark, delay="20 minutes"))
    frame = both.groupBy(f.window("time", "10 minutes")).count()
    return run_batches(frame, folder)
