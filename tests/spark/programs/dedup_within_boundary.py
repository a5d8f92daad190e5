"""Deduplication within the watermark: expiry to the millisecond."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, k="a"), *at(0, k="b"))
    rows.add({"time": "2026-03-06T10:19:59.999Z", "k": "x"})
    rows.add(*at(10, k="a"))
    rows.add(*at(20, k="y"))
    rows.add(*at(11, k="b"), *at(12, k="a"))
    rows.add(*at(10, k="late"), *at(21, k="y"))
    read = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    return run_batches(read, folder)
