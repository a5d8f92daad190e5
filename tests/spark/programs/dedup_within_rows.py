"""Deduplication within the watermark: of whole rows, and in update."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, k="a"), {"k": "a"})
    rows.add(*at(1, k="a"), *at(2, 30, k=None))
    rows.add(*at(2, 31, k=None))
    read = rows.events(spark, "k STRING").where("time IS NOT NULL")
    return [
        *run_batches(read.dropDuplicatesWithinWatermark(), folder, name="append"),
        *run_batches(
            read.dropDuplicatesWithinWatermark(["k"]), folder, "update", name="update"
        ),
    ]
