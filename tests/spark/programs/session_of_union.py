"""Sessions: of two streams with a watermark each."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 20, k="a"))
    right.add(*at(4, k="a"), *at(2, k="b"))
    left.add(*at(60, k="b"))
    right.add(*at(22, 50, k="a"))
    both = left.events(spark, "k STRING").union(
        right.events(spark, "k STRING", delay="5 minutes")
    )
    frame = both.groupBy("k", f.session_window("time", "5 minutes"))
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
