"""Deduplication: over two streams together."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 2, k="a"))
    right.add(*at(1, k="a"), *at(30, k="b"))
    left.add(*at(25, k="b"), *at(40, k="a"))
    right.add(*at(2, 41, k="a"))
    read = left.events(spark, "k STRING").union(right.events(spark, "k STRING"))
    frame = read.select("k", "time").dropDuplicates()
    union = (
        left.read(spark, "value INT").union(right.read(spark, "value INT")).distinct()
    )
    return [
        *run_batches(frame, folder, name="time"),
        *run_batches(union, folder, name="value"),
    ]
