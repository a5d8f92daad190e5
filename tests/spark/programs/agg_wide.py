"""Aggregation: forty aggregates of eight columns at once."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    names = [f"c{n}" for n in range(8)]
    rows.add({"k": 1, **{name: n for n, name in enumerate(names)}}, {"k": 2, "c3": 5})
    rows.add({"k": 1, **{name: -n for n, name in enumerate(names)}}, {"k": 2, "c7": 1})
    calls = ("sum", "avg", "min", "max", "count")
    aggregates = [f.expr(f"{call}({name})") for name in names for call in calls]
    schema = ", ".join(f"{name} INT" for name in ["k", *names])
    frame = rows.read(spark, schema).groupBy("k").agg(*aggregates)
    return run_batches(frame, folder, "update")
