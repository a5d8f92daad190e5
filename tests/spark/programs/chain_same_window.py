"""Chain: the same window, first by key and then over all."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(4, k="a"), *at(30, k="b"))
    rows.add(*at(31, 60, k="a"))
    by_key = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .count()
    )
    over_all = by_key.groupBy("window").agg(f.count("*").alias("keys"), f.max("count"))
    return run_batches(over_all, folder)
