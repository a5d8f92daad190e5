"""Chain: streams of different delays, united, counted and counted again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    fast, slow = Input(folder, "fast"), Input(folder, "slow")
    fast.add(*at(1, 12))
    slow.add(*at(2, 3))
    fast.add(*at(60))
    slow.add(*at(40, 4))
    fast.add(*at(2, 61))
    slow.add(*at(90, 5))
    fast.add(*at(120))
    slow.add(*at(150))
    both = fast.events(spark, delay="1 minute").union(
        slow.events(spark, delay="30 minutes")
    )
    short = both.groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "30 minutes")).agg(
        f.sum("count"), f.max("count")
    )
    return run_batches(long, folder)
