"""Joins: counts over joined rows, in update and complete mode."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, orders
from tests.spark.streams import run_batches


def run(spark, folder):
    both = orders(spark, folder).join(names(spark), "k", "left")
    counts = both.groupBy("name").agg(f.count("*").alias("n"), f.sum("v").alias("s"))
    answer = []
    for mode in ("update", "complete"):
        answer += run_batches(counts, folder, mode, mode)
    return answer
