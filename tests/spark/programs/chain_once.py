"""Chain: what one step hands on is taken by the next in the same batch."""

from pyspark.sql import functions as f

from tests.spark.streams import ONCE, Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12, 70))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "20 minutes")).agg(f.sum("count"))
    answer = run_batches(long, folder, trigger=ONCE)
    answer += run_batches(long, folder, trigger=ONCE)
    rows.add(*at(71, 140))
    answer += run_batches(long, folder, trigger=ONCE)
    return answer + run_batches(long, folder)
