"""Joins: windows over joined rows, with the watermark below."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, timed
from tests.spark.streams import run_batches


def run(spark, folder):
    both = timed(spark, folder).join(names(spark), "k", "left")
    window = f.window("time", "10 minutes")
    counts = both.groupBy(window, "name").agg(f.count("*").alias("n"))
    answer = []
    for mode in ("append", "update", "complete"):
        answer += run_batches(counts, folder, mode, mode)
    sliding = both.groupBy(f.window("time", "20 minutes", "10 minutes")).count()
    return answer + run_batches(sliding, folder, "append", "sliding")
