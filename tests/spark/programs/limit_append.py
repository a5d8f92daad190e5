"""Limit: the first rows of a stream, then none for ever."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2))
    rows.add(*at(3, 4, 5))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    first = run_batches(read.limit(3), folder)
    rows.add(*at(6))
    return first + run_batches(read.limit(3), folder)
