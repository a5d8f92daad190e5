"""Deduplication within the watermark: null is a key."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k=None), *at(3, k="a"))
    rows.add(*at(4, k=None), *at(40, k="a"))
    rows.add(*at(35, 36, k=None))
    read = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    return run_batches(read, folder)
