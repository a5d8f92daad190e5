"""Aggregation, update: HAVING that was true and is no longer says nothing."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"}, {"k": "b"}, {"k": "b"})
    rows.add({"k": "a"})
    rows.add({"k": "a"}, {"k": "c"})
    counted = rows.read(spark, "k STRING").groupBy("k").count()
    return [
        *run_batches(counted.where("count = 1"), folder, "update", name="once"),
        *run_batches(counted.where("count % 2 = 1"), folder, "update", name="odd"),
        *run_batches(counted.where("count = 1"), folder, "complete", name="complete"),
    ]
