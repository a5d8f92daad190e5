"""Watermark: a query without state drops nothing, however late."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(30))
    rows.add(*at(1, 90))
    rows.add(*at(2))
    frame = rows.read(spark, "time TIMESTAMP, value INT")
    marked = frame.withWatermark("time", "1 minute").where("value <> 90")
    return run_batches(marked.selectExpr("value", "time"), folder)
