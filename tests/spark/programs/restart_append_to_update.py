"""Restart: windows in append, then in update, then in append again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    rows.add(*at(1, 12))
    answer = run_batches(frame, folder, "append")
    rows.add(*at(13, 24))
    answer += run_batches(frame, folder, "update")
    rows.add(*at(14, 38))
    answer += run_batches(frame, folder, "append")
    rows.add(*at(39))
    return answer + run_batches(frame, folder, "complete")
