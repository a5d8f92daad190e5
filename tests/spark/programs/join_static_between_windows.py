"""Joins: a table between two aggregations, in append mode."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, timed
from tests.spark.streams import run_batches


def run(spark, folder):
    small = timed(spark, folder).groupBy(f.window("time", "5 minutes"), "k").count()
    both = small.join(names(spark), "k")
    large = both.groupBy(f.window("window", "10 minutes"), "name").agg(f.sum("count"))
    return run_batches(large, folder, "append")
