"""Chain: both steps go on where they stopped."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(25))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "1 hour")).agg(f.sum("count"), f.count("*"))
    answer = run_batches(long, folder)
    rows.add(*at(26, 45, 2))
    answer += run_batches(long, folder)
    rows.add(*at(90))
    return answer + run_batches(long, folder)
