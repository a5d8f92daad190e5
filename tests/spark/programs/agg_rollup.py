"""Aggregation: rollup and cube over a stream."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": "x"}, {"a": 1, "b": "y"})
    rows.add({"a": 2, "b": "x"}, {"a": None, "b": "x"})
    read = rows.read(spark, "a INT, b STRING")
    rollup, cube = read.rollup("a", "b").count(), read.cube("a", "b").count()
    return [
        *run_batches(rollup, folder, "update", name="rollup"),
        *run_batches(cube, folder, "complete", name="cube"),
    ]
