"""Restart: the second of two steps changed is refused."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    hours = short.groupBy(f.window("window", "1 hour"))
    kept = hours.agg(f.sum("count"))
    answer = run_batches(kept, folder)
    rows.add(*at(45))
    answer.append(failure(hours.agg(f.sum("count"), f.count("*")), folder))
    answer.append(failure(short, folder))
    return answer + run_batches(kept, folder)
