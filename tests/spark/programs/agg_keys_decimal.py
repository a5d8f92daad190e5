"""Aggregation: decimals as keys are equal by value."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1.5, "b": 12345678901234567890}, {"a": 1.50, "b": -1}, {"a": None})
    rows.add(
        {"a": -1.5, "b": -1}, {"a": 1.5, "b": 12345678901234567890}, {"a": 0, "b": 0}
    )
    read = rows.read(spark, "a DECIMAL(6, 2), b DECIMAL(30, 0)")
    return [
        *run_batches(read.groupBy("a").count(), folder, "update", name="small"),
        *run_batches(read.groupBy("b", "a").count(), folder, "update", name="great"),
    ]
