"""Chain: windows by key, rolled up to longer windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, k="a"), *at(3, k="b"))
    rows.add(*at(13, 40, k="b"))
    rows.add(*at(90, k="a"), *at(5, k="a"))
    short = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .count()
    )
    frame = short.cube("window", "k").agg(f.sum("count"), f.grouping_id())
    frame = frame.where("window IS NOT NULL")
    return run_batches(frame, folder)
