"""Watermark: of batches of several files."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    for minute in (1, 12, 30, 3, 45, 14, 60):
        rows.add(*at(minute, minute + 1))
    read = rows.read(spark, "time TIMESTAMP, value INT", maxFilesPerTrigger=2)
    marked = read.withWatermark("time", "10 minutes")
    frame = marked.groupBy(f.window("time", "10 minutes")).agg(
        f.count("*"), f.sum("value")
    )
    return run_batches(frame, folder)
