"""Joins: a query begun again with another table."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2})
    first = spark.createDataFrame([("a", "old")], "k STRING, name STRING")
    second = spark.createDataFrame(
        [("a", "new"), ("b", "new")], "k STRING, name STRING"
    )
    answer = run_batches(counts(rows, spark, first), folder, "update")
    rows.add({"k": "a", "v": 3}, {"k": "b", "v": 4})
    answer += run_batches(counts(rows, spark, second), folder, "update")
    rows.add({"k": "a", "v": 5}, {"k": "c", "v": 6})
    left = counts(rows, spark, second, "left")
    return answer + run_batches(left, folder, "update")


def counts(rows, spark, table, kind="inner"):
    read = rows.read(spark, "k STRING, v INT")
    return read.join(table, "k", kind).groupBy("name").agg(f.sum("v"))
