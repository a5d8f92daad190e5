"""Restart: the batch without data that was still due comes first."""

from pyspark.sql import functions as f

from tests.spark.streams import ONCE, Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 45))
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    answer = run_batches(frame, folder, trigger=ONCE)
    rows.add(*at(2, 46))
    answer += run_batches(frame, folder)
    return answer + run_batches(frame, folder)
