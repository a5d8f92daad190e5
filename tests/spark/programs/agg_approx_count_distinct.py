"""Aggregation: how many different values, in small numbers without error."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": v % 2, "v": v % 7, "s": f"s{v % 3}"} for v in range(12)))
    rows.add({"k": 0, "v": None, "s": "s1"}, {"k": 2}, {"k": 1, "v": 100, "s": "é"})
    frame = (
        rows.read(spark, "k INT, v INT, s STRING")
        .groupBy("k")
        .agg(
            f.approx_count_distinct("v").alias("v"),
            f.approx_count_distinct("s", 0.01).alias("s"),
            f.approx_count_distinct(f.col("v") / 2).alias("half"),
        )
    )
    return run_batches(frame, folder, "update")
