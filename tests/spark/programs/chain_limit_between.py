"""Chain: the first windows to become final, counted again by longer ones."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 6))
    rows.add(*at(31, 7))
    rows.add(*at(62))
    rows.add(*at(93, 94))
    short = rows.events(spark).groupBy(f.window("time", "5 minutes")).count().limit(3)
    long = short.groupBy(f.window("window", "20 minutes")).agg(
        f.sum("count"), f.count("*")
    )
    return run_batches(long, folder)
