"""Watermark: rows that a filter of other columns drops do not move it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(90, k="b"))
    rows.add(*at(3, 25, k="a"), *at(200, k=None))
    rows.add(*at(4, 60, k="a"))
    read = rows.events(spark, "k STRING").where("k = 'a'")
    frame = read.groupBy(f.window("time", "10 minutes")).count()
    return run_batches(frame, folder)
