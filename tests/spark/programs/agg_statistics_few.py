"""Aggregation: statistics of no value, of one, of equal ones and of NaN."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"k": "none"}, {"k": "one", "x": 4, "y": 2}, {"k": "nan", "x": "NaN", "y": 1}
    )
    rows.add({"k": "equal", "x": 3, "y": 3}, {"k": "nan", "x": 1, "y": 1})
    rows.add(
        {"k": "equal", "x": 3, "y": 3}, {"k": "half", "x": 1}, {"k": "half", "y": 1}
    )
    calls = ["std(x)", "stddev_samp(x)", "stddev_pop(x)", "var_samp(x)", "var_pop(x)"]
    calls += ["covar_samp(x, y)", "covar_pop(x, y)", "corr(x, y)"]
    calls += ["skewness(x)", "kurtosis(x)"]
    frame = rows.read(spark, "k STRING, x DOUBLE, y DOUBLE").groupBy("k")
    return run_batches(frame.agg(*map(f.expr, calls)), folder, "update")
