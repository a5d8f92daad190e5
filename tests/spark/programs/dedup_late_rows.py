"""Deduplication: late rows are dropped and counted, new or not."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(60, k="a"))
    rows.add(*at(1, k="a"), *at(2, 3, k="new"), *at(61, k="b"))
    rows.add(*at(50, 51, k="c"))
    read = rows.events(spark, "k STRING")
    within = read.dropDuplicatesWithinWatermark(["k"])
    return [
        *run_batches(read.dropDuplicates(["k"]), folder, name="key"),
        *run_batches(read.dropDuplicates(["k", "time"]), folder, name="time"),
        *run_batches(within, folder, name="within"),
    ]
