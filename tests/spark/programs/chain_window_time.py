"""Chain: windows of the time of windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, 40))
    rows.add(*at(44, 61, 62))
    rows.add(*at(150))
    short = (
        rows.events(spark, delay="5 minutes")
        .groupBy(f.window("time", "5 minutes"))
        .count()
    )
    long = short.groupBy(f.window(f.window_time("window"), "30 minutes"))
    return run_batches(long.agg(f.sum("count"), f.max("window.end")), folder)
