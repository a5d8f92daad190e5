"""Deduplication: one row for a window and key."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 11, k="a"), *at(3, k="b"))
    rows.add(*at(4, 12, k="a"), *at(45, k="b"))
    rows.add(*at(5, 46, k="a"))
    windows = rows.events(spark, "k STRING").select(f.window("time", "10 minutes"), "k")
    frame = windows.dropDuplicates(["window", "k"]).select("window.start", "k")
    return run_batches(frame, folder)
