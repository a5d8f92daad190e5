"""Watermark: it starts at the first second of 1970, so what is older is late."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"time": "1969-12-31T23:50:00Z"}, {"time": "1970-01-01T00:00:00Z"})
    rows.add({"time": "1969-12-31T23:59:59.999999Z"}, {"time": "1970-01-01T00:00:01Z"})
    rows.add({"time": "1970-01-01T01:00:00Z"})
    read = rows.events(spark, delay="1 minute")
    windows = read.groupBy(f.window("time", "10 minutes")).count()
    return [
        *run_batches(windows, folder, "append", name="windows"),
        *run_batches(read.groupBy("time").count(), folder, "update", name="times"),
    ]
