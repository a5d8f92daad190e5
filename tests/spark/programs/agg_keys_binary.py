"""Aggregation: bytes as a key."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "AQI="}, {"k": ""}, {"k": None}, {"k": "AQ=="})
    rows.add({"k": "AQI="}, {"k": "AAAA"}, {"k": "AAA="}, {"k": ""})
    frame = rows.read(spark, "k BINARY").groupBy("k").count()
    return run_batches(frame, folder, "update")
