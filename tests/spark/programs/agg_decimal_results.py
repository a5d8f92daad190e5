"""Aggregation: types and digits of decimals summed and averaged."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "a": 0.01, "b": 1, "c": 0.5}, {"k": 1, "a": 99999999.99, "b": 2})
    rows.add({"k": 1, "a": None, "b": 0, "c": 0.25}, {"k": 2, "a": -3.33, "b": 7})
    schema = "k INT, a DECIMAL(10, 2), b DECIMAL(38, 0), c DECIMAL(20, 18)"
    calls = [
        f"{call}({name})" for name in "abc" for call in ("sum", "avg", "min", "max")
    ]
    frame = rows.read(spark, schema).groupBy("k").agg(*map(f.expr, calls))
    return run_batches(frame, folder, "update")
