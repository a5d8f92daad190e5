"""Aggregation: the least and the greatest of every type that has an order."""

from tests.spark.streams import Input, run_batches

SCHEMA = (
    "k INT, i INT, d DOUBLE, s STRING, b BOOLEAN, day DATE, t TIMESTAMP,"
    " n DECIMAL(8, 2), small TINYINT, f FLOAT"
)


def run(spark, folder):
    rows = Input(folder)
    first = {"k": 1, "i": 5, "d": 1.5, "s": "b", "b": True, "day": "2026-01-02"}
    rows.add({**first, "t": "2026-01-02T00:00:00Z", "n": 1.25, "small": 3, "f": 0.5})
    rows.add(
        {"k": 1, "i": -5, "d": -0.5, "s": "Z", "b": False, "day": "1969-12-31"},
        {"k": 2, "t": "1969-12-31T23:59:59.999999Z", "small": -128},
    )
    rows.add({"k": 1, "s": "é", "n": -7.5, "f": -1e30}, {"k": 2, "n": 0.01, "d": 1e308})
    names = ["i", "d", "s", "b", "day", "t", "n", "small", "f"]
    frame = rows.read(spark, SCHEMA).groupBy("k")
    calls = [f"{call}({name})" for name in names for call in ("min", "max")]
    from pyspark.sql import functions as f

    return run_batches(frame.agg(*map(f.expr, calls)), folder, "update")
