"""Watermark: groups by other columns drop nothing and keep everything."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 40, k="a"))
    rows.add(*at(2, k="a"), *at(90, k="b"))
    rows.add(*at(3, k="c"))
    frame = rows.events(spark, "k STRING").groupBy("k").agg(f.max("time"), f.count("*"))
    return run_batches(frame, folder, "update")
