"""Restart: of two watermarks the common one alone is kept."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 60))
    right.add(*at(2, 30))
    both = left.events(spark).union(right.events(spark))
    frame = both.groupBy(f.window("time", "10 minutes")).count()
    answer = run_batches(frame, folder)
    left.add(*at(19, 25))
    answer += run_batches(frame, folder)
    right.add(*at(90))
    left.add(*at(91))
    return answer + run_batches(frame, folder)
