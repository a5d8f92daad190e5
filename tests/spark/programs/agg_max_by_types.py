"""Aggregation: the row with the latest time, the longest text, the least struct."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(3, 9, k="a"), *at(5, k="b"))
    rows.add(*at(7, k="a"), *at(6, 1, k="b"), {"k": "c"})
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT, k STRING")
        .groupBy("k")
        .agg(
            f.max_by("value", "time").alias("latest"),
            f.min_by(f.struct("time", "value"), f.col("value")).alias("least"),
            f.max_by("time", f.struct(f.col("value") % 5, "value")).alias("by_struct"),
            f.max_by("k", f.col("value") / 2).alias("by_double"),
        )
    )
    return run_batches(frame, folder, "update")
