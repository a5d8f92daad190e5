"""Chain: sliding windows of windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(25, 40))
    rows.add(*at(41, 100))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "30 minutes", "15 minutes"))
    return run_batches(long.agg(f.sum("count").alias("n")), folder)
