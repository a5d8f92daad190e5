"""Chain: deduplicated within the watermark, counted, counted again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(4, 25, k="a"), *at(16, k="c"))
    rows.add(*at(26, 60, k="b"))
    rows.add(*at(100, k="a"), *at(61, k="b"))
    rows.add(*at(150, k="d"))
    once = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    short = once.groupBy(f.window("time", "5 minutes")).count()
    long = short.groupBy(f.window("window", "30 minutes")).agg(f.sum("count"))
    return run_batches(long, folder)
