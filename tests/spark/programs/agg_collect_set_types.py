"""Aggregation: sets hold a value once, whatever its type."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"d": 1.5, "s": "a", "n": 1.1, "t": "2026-01-01"}, {"d": "NaN", "s": "A"})
    rows.add({"d": 1.5, "s": None, "n": 1.10}, {"d": 2, "s": "a", "t": "2026-01-01"})
    rows.add({"d": "NaN", "s": "é", "n": 2}, {"d": None, "s": "", "t": None})
    read = rows.read(spark, "d DOUBLE, s STRING, n DECIMAL(5, 2), t DATE")
    calls = [f"sort_array(collect_set({name})) AS {name}" for name in "dsnt"]
    return run_batches(read.selectExpr(*calls), folder, "complete")
