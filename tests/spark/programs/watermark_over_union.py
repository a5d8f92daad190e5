"""Watermark: set above a union, it sees the rows of both."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 30))
    right.add(*at(2, 55))
    left.add(*at(3, 35))
    right.add(*at(50))
    schema = "time TIMESTAMP, value INT"
    both = left.read(spark, schema).union(right.read(spark, schema))
    marked = both.withWatermark("time", "5 minutes")
    frame = marked.groupBy(f.window("time", "10 minutes")).agg(f.sum("value"))
    return run_batches(frame, folder)
