"""Watermark: NaN, minus nought and null among the keys of windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, d="NaN"), *at(2, d=-0.0), *at(3, d=None))
    rows.add(*at(4, d="NaN"), *at(5, d=0.0), *at(12, d=None))
    rows.add(*at(40, d="NaN"), *at(6, d=None))
    rows.add(*at(7, d=0.0), *at(41, d=-0.0))
    frame = rows.events(spark, "d DOUBLE").groupBy(f.window("time", "10 minutes"), "d")
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
