"""Chain: two streams, the faster watermark, two steps."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 12))
    right.add(*at(2, 45))
    left.add(*at(13, 50))
    right.add(*at(46, 100))
    left.add(*at(60, 101))
    both = left.events(spark).union(right.events(spark, delay="5 minutes"))
    short = both.groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "30 minutes")).agg(f.sum("count"))
    with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", "max"):
        return run_batches(long, folder)
