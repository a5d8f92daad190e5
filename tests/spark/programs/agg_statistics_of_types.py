"""Aggregation: statistics of whole numbers and decimals."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"i": 1, "n": 1.25}, {"i": 4, "n": 2.5})
    rows.add({"i": -7, "n": None}, {"i": None, "n": 10})
    calls = ["stddev(i)", "var_pop(n)", "corr(i, n)", "skewness(n)", "kurtosis(i)"]
    frame = rows.read(spark, "i BIGINT, n DECIMAL(10, 2)").selectExpr(*calls)
    return run_batches(frame, folder, "complete")
