"""Watermark: one row far ahead makes all that follow late."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2))
    rows.add({"time": "2030-01-01T00:00:00Z", "value": 1}, *at(3))
    rows.add(*at(4, 5))
    rows.add({"time": "9999-12-31T23:59:59.999999Z", "value": 2})
    rows.add({"time": "2030-01-02T00:00:00Z", "value": 3})
    frame = rows.events(spark).groupBy(f.window("time", "1 hour")).agg(f.sum("value"))
    shown = frame.selectExpr("unix_micros(window.end) AS e", "*").drop("window")
    return run_batches(shown, folder)
