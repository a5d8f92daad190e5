"""Aggregation: the same aggregate twice, and one within others."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 2}, {"k": 2, "v": 4})
    rows.add({"k": 1, "v": 6}, {"k": 2, "v": None})
    frame = (
        rows.read(spark, "k INT, v INT")
        .groupBy("k")
        .agg(
            f.sum("v").alias("a"),
            f.sum("v").alias("b"),
            (f.sum("v") / f.count("v")).alias("c"),
            f.avg("v").alias("d"),
            (f.avg("v") - f.avg(f.col("v") + 0)).alias("e"),
        )
    )
    return run_batches(frame, folder, "update")
