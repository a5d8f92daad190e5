"""Joins: every pair of a stream's rows and a table's."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = spark.createDataFrame([(1,), (2,)], "n INT")
    frames = {
        "cross": read.crossJoin(table),
        "no condition": read.join(table),
        "always true": read.join(table, f.lit(True)),
        "never true": read.join(table, f.lit(False)),
        "left of nothing": read.join(table, f.lit(False), "left"),
    }
    return each(frames, folder)
