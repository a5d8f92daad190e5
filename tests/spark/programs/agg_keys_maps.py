"""Aggregation: maps as keys are equal whatever the order of their entries."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"m": {"a": 1, "b": 2}}, {"m": {}}, {"m": None})
    rows.add({"m": {"b": 2, "a": 1}}, {"m": {"a": 1}}, {"m": {}})
    frame = rows.read(spark, "m MAP<STRING, INT>").groupBy("m").count()
    return run_batches(frame, folder, "update")
