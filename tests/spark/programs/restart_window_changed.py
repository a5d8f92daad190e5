"""Restart: windows of another length go on in the same state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    read = rows.events(spark)
    answer = run_batches(read.groupBy(f.window("time", "10 minutes")).count(), folder)
    rows.add(*at(3, 26))
    answer += run_batches(read.groupBy(f.window("time", "5 minutes")).count(), folder)
    rows.add(*at(60))
    return answer + run_batches(
        read.groupBy(f.window("time", "10 minutes")).count(), folder
    )
