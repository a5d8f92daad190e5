"""Chain: keys that are null, at both steps."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k=None), *at(3, k="a"), {"k": "a", "value": 1})
    rows.add(*at(14, 40, k=None), *at(15, k=""))
    rows.add(*at(90, k="a"))
    short = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .agg(f.count("*").alias("n"), f.max("value").alias("most"))
    )
    long = short.groupBy(f.window("window", "20 minutes"), f.nullif("k", f.lit("")))
    return run_batches(long.agg(f.sum("n"), f.min("most"), f.count("k")), folder)
