"""Aggregation: names of columns, with case, dots and repeats."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"Key": "a", "v": 1})
    rows.add({"Key": "a", "v": 2}, {"Key": "b", "v": 3})
    read = rows.read(spark, "Key STRING, v INT")
    frame = read.groupBy("KEY").agg({"V": "sum", "*": "count"})
    dotted = read.withColumnRenamed("v", "a.b").groupBy("key").sum("`a.b`")
    return [
        *run_batches(frame, folder, "update", name="case"),
        *run_batches(dotted, folder, "update", name="dots"),
    ]
