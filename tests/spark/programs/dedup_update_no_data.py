"""Deduplication, update: with a watermark, to the last batch without data."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"))
    rows.add(*at(2, 40, k="a"))
    rows.add(*at(41, 41, k=None))
    read = rows.events(spark, "k STRING")
    return [
        *run_batches(read.dropDuplicates(["time"]), folder, "update", name="time"),
        *run_batches(
            read.dropDuplicatesWithinWatermark(["k"]), folder, "update", name="within"
        ),
    ]
