"""Aggregation: a Python function below and above the aggregate."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": "ab", "v": 1}, {"s": "c", "v": 2})
    rows.add({"s": "de", "v": 5}, {"s": None, "v": 3})
    length = f.udf(lambda s: None if s is None else len(s), "INT")
    read = rows.read(spark, "s STRING, v INT")
    frame = read.groupBy(length("s").alias("n")).agg(length(f.max("s")), f.sum("v"))
    return run_batches(frame, folder, "update")
