"""Deduplication within the watermark: a key is free again once it has expired."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(9, k="a"), *at(12, k="c"))
    rows.add(*at(22, k="b"), *at(4, k="a"))
    rows.add(*at(23, 24, k="a"), *at(25, k="b"))
    rows.add(*at(60, k="b"))
    read = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    return run_batches(read, folder)
