"""Aggregation, complete: the whole table in every batch, in an order."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "b", "v": 2}, {"k": "a", "v": 1})
    rows.add({"k": "a", "v": 5}, {"k": None, "v": 0})
    rows.add({"k": "c", "v": None}, {"k": "a", "v": -1})
    frame = (
        rows.read(spark, "k STRING, v INT")
        .groupBy("k")
        .agg(
            f.sum("v").alias("total"),
            f.collect_list("v").alias("list"),
            f.median("v").alias("median"),
            f.var_pop("v").alias("spread"),
        )
    )
    ordered = frame.orderBy(f.desc("total"), "k")
    return run_batches(ordered, folder, "complete", is_ordered=True)
