"""Aggregation: variance, deviation, correlation, skewness."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "x": 1.0, "y": 2.0}, {"k": 2, "x": 5.0, "y": 5.0})
    rows.add({"k": 1, "x": 3.0, "y": 5.5}, {"k": 1, "x": None, "y": 1.0})
    rows.add({"k": 1, "x": 8.5, "y": 6.0}, {"k": 2, "x": 5.0, "y": None})
    rows.read(spark, "k INT, x DOUBLE, y DOUBLE").createOrReplaceTempView("stat_rows")
    frame = spark.sql(
        "SELECT k, stddev(x), stddev_pop(x), variance(x), var_pop(x), corr(x, y),"
        " covar_pop(x, y), covar_samp(x, y), skewness(x), kurtosis(x)"
        " FROM stat_rows GROUP BY k"
    )
    return run_batches(frame, folder, "update")
