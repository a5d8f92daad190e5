"""Joins: one key with many rows on both sides."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": "hot", "v": v} for v in range(40)), {"k": "cold", "v": 0})
    rows.add(*({"k": "hot", "v": v} for v in range(25)))
    read = rows.read(spark, "k STRING, v INT")
    many = spark.range(500).selectExpr("IF(id < 400, 'hot', 'cold') AS k", "id")
    both = read.join(many, "k")
    counts = both.groupBy("k").agg(f.count("*"), f.sum("id"), f.max("v"))
    few = both.where("id % 100 = v")
    return [
        *run_batches(counts, folder, "update", "counts"),
        *run_batches(few, folder, "append", "few"),
    ]
