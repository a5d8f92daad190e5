"""Aggregation: NaN is the greatest of numbers; minus nought is nought."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "d": "NaN", "x": -0.0}, {"k": 1, "d": 1.0, "x": 0.0})
    rows.add({"k": 1, "d": None, "x": None}, {"k": 2, "d": "-Infinity", "x": -0.0})
    rows.add({"k": 2, "d": "Infinity"}, {"k": 3, "d": "Infinity", "x": 1})
    schema = "k INT, d DOUBLE, x FLOAT"
    calls = ["min(d)", "max(d)", "sum(d)", "avg(d)", "count(d)", "sum(x)", "avg(x)"]
    frame = rows.read(spark, schema).groupBy("k").agg(*map(f.expr, calls))
    return run_batches(frame, folder, "update")
