"""Aggregation: sums and averages by type, with nulls among the values."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches

SCHEMA = "k INT, i INT, l BIGINT, d DOUBLE, n DECIMAL(10, 2), small SMALLINT, f FLOAT"


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"k": 1, "i": 2147483647, "l": 1, "d": 0.1, "n": 0.01, "small": 1, "f": 0.25},
        {"k": 1, "i": 2147483647, "l": None, "d": 0.2, "n": 0.02, "small": 2, "f": 0.5},
        {"k": 2},
    )
    rows.add({"k": 1, "i": None, "l": -10, "d": None, "n": 100, "small": -7, "f": None})
    rows.add({"k": 2, "i": 3, "l": 4, "d": 5, "n": 6, "small": 7, "f": 8})
    names = ["i", "l", "d", "n", "small", "f"]
    calls = [f"{call}({name})" for name in names for call in ("sum", "avg")]
    frame = rows.read(spark, SCHEMA).groupBy("k").agg(*map(f.expr, calls))
    return run_batches(frame, folder, "update")
