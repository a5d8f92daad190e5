"""Joins: rollups, cubes and distinct counts of joined rows."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, timed


def run(spark, folder):
    both = timed(spark, folder).join(names(spark), "k", "left")
    count = f.count("*").alias("n")
    frames = {
        "rollup": both.rollup("k", "name").agg(count),
        "cube": both.cube("k", "name").agg(count, f.grouping_id()),
        "distinct": both.groupBy("k").agg(f.max("name"), f.sum("value")),
    }
    return each(frames, folder, "update")
