"""Deduplication: by time, which leaves the state as the watermark passes it."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 5))
    rows.add(*at(5, 12))
    rows.add(*at(1, 2, 5, 13))
    rows.add(*at(40))
    rows.add(*at(12, 41))
    return run_batches(rows.events(spark).dropDuplicates(["time"]), folder)
