"""Joins: windows joined with a table when they are final."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, timed
from tests.spark.streams import run_batches


def run(spark, folder):
    window = f.window("time", "10 minutes")
    counts = timed(spark, folder).groupBy(window, "k").count()
    table = names(spark)
    hours = spark.createDataFrame(
        [(0, "sharp"), (20, "later")], "minute INT, part STRING"
    )
    by_minute = counts.join(hours, f.minute("window.start") == hours.minute, "left")
    answer = []
    for mode in ("append", "update"):
        answer += run_batches(counts.join(table, "k", "left"), folder, mode, mode)
    answer += run_batches(by_minute, folder, "append", "minute")
    return answer + run_batches(by_minute, folder, "complete", "complete")
