"""Chain: two windows of windows and no more, over a restart."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(45))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "20 minutes")).agg(f.sum("count"))
    frame = long.limit(2)
    answer = run_batches(frame, folder)
    rows.add(*at(100))
    rows.add(*at(200, 201))
    return answer + run_batches(frame, folder)
