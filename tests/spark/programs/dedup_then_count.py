"""Deduplication: counted by key in append with a watermark only."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, k="a"), *at(1, k="b"))
    rows.add(*at(2, 30, k="a"))
    rows.add(*at(60, k="b"))
    read = rows.events(spark, "k STRING").dropDuplicates(["k", "time"])
    frame = read.groupBy("time").agg(f.count("*").alias("n"), f.max("k"))
    return run_batches(frame, folder)
