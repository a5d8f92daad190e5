"""Watermark: rows without a time move nothing, are never late and never leave."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"value": 1}, {"value": 2})
    rows.add(*at(1), {"value": 3})
    rows.add(*at(40))
    rows.add({"value": 4}, *at(2))
    frame = rows.events(spark).groupBy("time").agg(f.count("*"), f.sum("value"))
    return [
        *run_batches(frame, folder, "append", name="append"),
        *run_batches(frame, folder, "update", name="update"),
    ]
