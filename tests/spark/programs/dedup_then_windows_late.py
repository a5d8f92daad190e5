"""Deduplication, then windows: late rows at both steps, and batches without rows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, k="a"))
    rows.add(*at(30, k="b"))
    rows.add(*at(1, 3, 31, k="a"), *at(30, k="b"))
    rows.add(*at(80, k="b"))
    rows.add(*at(30, 81, k="b"))
    once = rows.events(spark, "k STRING").dropDuplicates(["time"])
    sliding = f.window("time", "20 minutes", "10 minutes")
    return run_batches(once.groupBy(sliding, "k").count(), folder)
