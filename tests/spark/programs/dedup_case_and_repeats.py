"""Deduplication: columns by another case, twice, and after renames."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"Key": "a", "v": 1}, {"Key": "A", "v": 1})
    rows.add({"Key": "a", "v": 2}, {"Key": "b", "v": 1})
    read = rows.read(spark, "Key STRING, v INT")
    renamed = read.withColumnRenamed("Key", "k").dropDuplicates(["k"])
    return [
        *run_batches(read.dropDuplicates(["KEY"]), folder, name="case"),
        *run_batches(read.dropDuplicates(["key", "Key"]), folder, name="twice"),
        *run_batches(renamed.select("k"), folder, name="renamed"),
    ]
