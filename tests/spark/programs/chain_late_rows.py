"""Chain: late rows are dropped at the first step; what it hands on is not late."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(61))
    rows.add(*at(2, 62))
    rows.add(*at(55, 130))
    rows.add(*at(131, 50))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "20 minutes")).agg(f.sum("count"))
    return run_batches(long, folder)
