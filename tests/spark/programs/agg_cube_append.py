"""Aggregation, append: a cube with the time among its keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"))
    rows.add(*at(14, k="b"))
    rows.add(*at(60, k=None))
    frame = rows.events(spark, "k STRING").cube(f.window("time", "10 minutes"), "k")
    return run_batches(frame.agg(f.sum("value")), folder)
