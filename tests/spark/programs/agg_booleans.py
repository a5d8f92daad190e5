"""Aggregation: every, any and some, in each of their names."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "b": True}, {"k": 2, "b": None}, {"k": 3, "b": False})
    rows.add({"k": 1, "b": None}, {"k": 2, "b": None}, {"k": 3, "b": True})
    rows.add({"k": 1, "b": False}, {"k": 4, "b": True})
    calls = [f"{call}(b)" for call in ("every", "bool_and", "any", "some", "bool_or")]
    frame = rows.read(spark, "k INT, b BOOLEAN").groupBy("k")
    aggregates = [*calls, "max(b)", "min(b)"]
    return run_batches(frame.agg(*map(f.expr, aggregates)), folder, "update")
