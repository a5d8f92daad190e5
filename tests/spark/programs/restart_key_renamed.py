"""Restart: a key or an aggregate with another name is the same."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1})
    read = rows.read(spark, "k STRING, v INT")
    answer = run_batches(read.groupBy("k").agg(f.sum("v")), folder, "update")
    rows.add({"k": "a", "v": 2})
    renamed = (
        read.withColumnRenamed("k", "name").groupBy("name").agg(f.sum("v").alias("s"))
    )
    return answer + run_batches(renamed, folder, "update")
