"""Aggregation: lists, FILTER and grouping in a rollup of three, complete."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"a": 1, "b": "x", "c": True, "v": 1}, {"a": 1, "b": "y", "c": None, "v": 2}
    )
    rows.add(
        {"a": 2, "b": None, "c": True, "v": 3}, {"a": 1, "b": "x", "c": True, "v": 4}
    )
    read = rows.read(spark, "a INT, b STRING, c BOOLEAN, v INT")
    frame = read.rollup("a", "b", "c").agg(
        f.sort_array(f.collect_list("v")).alias("list"),
        f.expr("sum(v) FILTER (WHERE v > 1)").alias("great"),
        f.grouping_id().alias("id"),
        f.grouping("b").alias("no_b"),
    )
    return run_batches(frame, folder, "complete")
