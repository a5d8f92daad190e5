"""Windows: the time of a window is a microsecond before its end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12), {"value": 3})
    read = rows.read(spark, "time TIMESTAMP, value INT")
    windows = read.select("value", f.window("time", "10 minutes").alias("w"))
    frame = windows.select("value", f.window_time("w"), f.window_time("w").alias("t"))
    return [
        *run_batches(frame, folder),
        outcome(lambda: read.select(f.window_time("time")).schema),
        outcome(lambda: read.select(f.window_time("value")).schema),
        outcome(lambda: read.select(f.window_time(f.struct("time", "value"))).schema),
    ]
