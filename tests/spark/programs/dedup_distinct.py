"""Deduplication: distinct, in append and in update."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 1}, {"v": 1}, {"v": 2})
    rows.add({"v": 2}, {"v": None})
    rows.add({"v": None}, {"v": 3})
    read = rows.read(spark, "v INT")
    return [
        *run_batches(read.distinct(), folder, "append", name="append"),
        *run_batches(read.distinct(), folder, "update", name="update"),
    ]
