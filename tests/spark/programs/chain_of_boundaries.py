"""Chain: rows at the ends of windows, no delay, a batch at each end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 5))
    rows.add(*at(10))
    rows.add(*at(9, 10, 20))
    rows.add(*at(19, 20))
    rows.add(*at(40))
    rows.add(*at(39, 60))
    read = rows.events(spark, delay="0 seconds")
    short = read.groupBy(f.window("time", "5 minutes")).count()
    long = short.groupBy(f.window("window", "10 minutes")).agg(f.sum("count"))
    return run_batches(long, folder)
