"""Chain: windows that follow one another, as sessions of windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 6, k="a"), *at(2, k="b"))
    rows.add(*at(12, 31, k="a"), *at(28, k="b"))
    rows.add(*at(90, k="a"))
    rows.add(*at(150, k="b"))
    short = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "5 minutes"), "k")
        .count()
    )
    points = short.select(f.window_time("window").alias("time"), "k", "count")
    frame = points.groupBy(f.session_window("time", "10 minutes"), "k").agg(
        f.sum("count"), f.count("*")
    )
    return run_batches(frame, folder)
