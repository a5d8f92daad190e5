"""Aggregation: lengths of time, summed and averaged."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "s": 90}, {"k": 2, "s": None})
    rows.add({"k": 1, "s": -30}, {"k": 1, "s": 1})
    read = rows.read(spark, "k INT, s INT").selectExpr(
        "k", "make_dt_interval(0, 0, 0, s) AS length"
    )
    calls = [f"{call}(length)" for call in ("sum", "avg", "min", "max", "first")]
    return run_batches(read.groupBy("k").agg(*map(f.expr, calls)), folder, "update")
