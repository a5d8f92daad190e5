"""Restart: keys and values may be calculated in another way."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 5})
    read = rows.read(spark, "k STRING, v INT")
    answer = run_batches(read.groupBy("k").agg(f.sum("v")), folder, "update")
    rows.add({"k": "A", "v": 2})
    lower = read.select(f.lower("k").alias("k"), (f.col("v") * 100).alias("v"))
    return answer + run_batches(lower.groupBy("k").agg(f.sum("v")), folder, "update")
