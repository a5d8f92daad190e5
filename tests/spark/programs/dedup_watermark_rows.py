"""Deduplication: of whole rows with a watermark, distinct by all columns."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, k="a"), *at(1, k="b"))
    rows.add(*at(1, 12, k="b"), {"k": "a"}, {"k": "a"})
    rows.add(*at(1, 30, k="a"), {"k": "a"})
    rows.add(*at(12, 31, k="b"))
    read = rows.events(spark, "k STRING")
    return [
        *run_batches(read.distinct(), folder, "append", name="append"),
        *run_batches(read.distinct(), folder, "update", name="update"),
    ]
