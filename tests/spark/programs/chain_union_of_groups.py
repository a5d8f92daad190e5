"""Chain: groups of two streams put together and counted again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 2, 12))
    right.add(*at(3, 14, 15))
    left.add(*at(40))
    right.add(*at(50))
    left.add(*at(90))
    right.add(*at(100))
    window = f.window("time", "10 minutes")
    both = (
        left.events(spark)
        .groupBy(window)
        .count()
        .union(right.events(spark).groupBy(window).count())
    )
    frame = both.groupBy("window").agg(f.sum("count"), f.count("*"))
    return run_batches(frame, folder)
