"""Aggregation: functions of constants and of nothing but the key."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1}, {"k": 1}, {"k": 2})
    rows.add({"k": 2}, {"k": None})
    calls = [
        "sum(1)",
        "max('x')",
        "first(NULL)",
        "avg(k)",
        "count(k)",
        "collect_list(1)",
    ]
    calls += [
        "sum(cast(NULL AS INT))",
        "min(k) + k",
        "any_value(k)",
        "count(DATE '2026-01-01')",
    ]
    frame = rows.read(spark, "k INT").groupBy("k").agg(*map(f.expr, calls))
    return run_batches(frame, folder, "update")
