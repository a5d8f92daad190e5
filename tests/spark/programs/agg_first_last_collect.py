"""Aggregation: first and last rows, lists and sets of values."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 3})
    rows.add({"k": 1, "v": None}, {"k": 2, "v": 1})
    rows.add({"k": 1, "v": 3}, {"k": 2, "v": None}, {"k": 3, "v": None})
    aggregated = (
        rows.read(spark, "k INT, v INT")
        .groupBy("k")
        .agg(
            f.first("v"),
            f.last("v"),
            f.first("v", ignorenulls=True).alias("first_value"),
            f.last("v", ignorenulls=True).alias("last_value"),
            f.collect_list("v").alias("list"),
            f.sort_array(f.collect_set("v")).alias("set"),
        )
    )
    return run_batches(aggregated, folder, "update")
