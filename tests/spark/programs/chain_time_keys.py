"""Chain: by time, then by windows of it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, 12))
    rows.add(*at(2, 30))
    rows.add(*at(31, 60))
    times = rows.events(spark).groupBy("time").agg(f.count("*").alias("n"))
    frame = times.groupBy(f.window("time", "10 minutes")).agg(f.sum("n"), f.max("n"))
    return run_batches(frame, folder)
