"""Deduplication: of some columns, the first row of each stays whole."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": "first"}, {"k": 2, "v": "second"}, {"k": None, "v": "none"})
    rows.add({"k": 1, "v": "again"}, {"k": 3, "v": "third"}, {"k": None, "v": "more"})
    rows.add({"k": 3, "v": "again"}, {"k": 4, "v": None})
    read = rows.read(spark, "k INT, v STRING")
    return [
        *run_batches(read.dropDuplicates(["k"]), folder, name="list"),
        *run_batches(read.dropDuplicates(["k", "v"]), folder, name="both"),
    ]
