"""Deduplication: whole rows, once for ever, nulls equal to themselves."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": "x"}, {"a": 1, "b": "x"}, {"a": None, "b": "x"})
    rows.add({"a": 1, "b": "y"}, {"a": None, "b": "x"}, {}, {"a": 2})
    rows.add({"a": 1, "b": "x"}, {}, {"b": "z"})
    return run_batches(rows.read(spark, "a INT, b STRING").dropDuplicates(), folder)
