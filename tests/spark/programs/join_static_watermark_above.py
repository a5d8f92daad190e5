"""Joins: a watermark above the join sees joined rows alone."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names
from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 12, k="a"), *at(55, k="nobody"))
    rows.add(*at(3, 30, k="a"), *at(59, k="nobody"))
    rows.add(*at(5, 45, k="c"))
    read = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    both = read.join(names(spark), "k").withWatermark("time", "10 minutes")
    counts = both.groupBy(f.window("time", "10 minutes"), "k").count()
    outer = read.join(names(spark), "k", "left").withWatermark("time", "10 minutes")
    every = outer.groupBy(f.window("time", "10 minutes")).count()
    return [
        *run_batches(counts, folder, "append", "inner"),
        *run_batches(every, folder, "append", "left"),
    ]
