"""Chain: counts of windows, each count of a window's end once."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, 4, k="b"))
    rows.add(*at(5, 30, k="c"))
    rows.add(*at(31, 60, k="a"))
    by_key = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .count()
    )
    return run_batches(by_key.select("window", "count").distinct(), folder)
