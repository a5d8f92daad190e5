"""Deduplication within the watermark: the row that comes first decides how long."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(15, k="a"), *at(5, k="b"), *at(14, k="b"))
    rows.add(*at(6, k="a"), *at(16, k="b"))
    rows.add(*at(28, k="c"))
    rows.add(*at(19, k="b"), *at(20, k="a"))
    rows.add(*at(40, k="c"), *at(27, k="a"))
    rows.add(*at(41, k="a"))
    read = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    return run_batches(read, folder)
