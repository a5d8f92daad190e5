"""Aggregation: the line through the points."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"x": 1.0, "y": 2.5}, {"x": 2.0, "y": None})
    rows.add({"x": 4.0, "y": 7.5}, {"x": None, "y": 1.0}, {"x": 5.0, "y": 9.0})
    calls = ("count", "avgx", "avgy", "sxx", "syy", "sxy", "slope", "intercept", "r2")
    frame = rows.read(spark, "x DOUBLE, y DOUBLE").selectExpr(
        *(f"regr_{call}(y, x) AS {call}" for call in calls)
    )
    return run_batches(frame, folder, "update")
