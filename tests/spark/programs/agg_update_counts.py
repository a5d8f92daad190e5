"""Aggregation, update: only the groups of the batch come out."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "a", "v": 3})
    rows.add({"k": "c", "v": None})
    rows.add({"k": "a", "v": None}, {"k": None, "v": 4}, {"k": "c", "v": 5})
    frame = rows.read(spark, "k STRING, v INT").groupBy("k").count()
    return run_batches(frame, folder, "update")
