"""Deduplication: by a key that is not the time, the state only grows."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(40, k="a"), *at(41, k="c"))
    rows.add(*at(4, k="d"), *at(5, k="a"))
    rows.add(*at(90, k="c"))
    return run_batches(rows.events(spark, "k STRING").dropDuplicates(["k"]), folder)
