"""Aggregation, append: many functions, each group once."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 4, 8, s="a"))
    rows.add(*at(5, s=None), *at(13, 22, s="b"))
    rows.add(*at(3, s="late"), *at(55, s="c"))
    frame = (
        rows.events(spark, "s STRING")
        .groupBy(f.window("time", "10 minutes"))
        .agg(
            f.first("s").alias("first"),
            f.last("value").alias("last"),
            f.collect_list("value").alias("list"),
            f.max_by("s", "value").alias("by"),
            f.stddev("value").alias("deviation"),
            f.median("value").alias("median"),
            f.expr("count(*) FILTER (WHERE s = 'a')").alias("of_a"),
            f.max("time").alias("latest"),
        )
    )
    return run_batches(frame, folder, "append")
