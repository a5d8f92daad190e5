"""Aggregation, update: a group a batch touched comes out, though its value stays."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 5}, {"k": "b", "v": 1})
    rows.add({"k": "a", "v": 3})
    rows.add({"k": "b", "v": None}, {"k": "a", "v": 0})
    frame = rows.read(spark, "k STRING, v INT").groupBy("k").agg(f.max("v"))
    return run_batches(frame, folder, "update")
