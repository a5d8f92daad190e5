"""Deduplication within the watermark: of two streams with a delay each."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, k="a"), *at(2, k="b"))
    right.add(*at(3, k="a"), *at(20, k="c"))
    left.add(*at(30, k="c"), *at(31, k="d"))
    right.add(*at(40, k="a"), *at(41, k="d"))
    both = left.events(spark, "k STRING").union(
        right.events(spark, "k STRING", delay="5 minutes")
    )
    return run_batches(
        both.dropDuplicatesWithinWatermark(["k"]).select("k", "time"), folder
    )
