"""Restart: files that came in between, in larger batches than before."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    frames = [
        rows.read(spark, "time TIMESTAMP, value INT", maxFilesPerTrigger=n)
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .count()
        for n in (1, 2, 10)
    ]
    answer = run_batches(frames[0], folder)
    for minute in (12, 24, 36, 48, 3):
        rows.add(*at(minute))
    answer += run_batches(frames[1], folder)
    for minute in (60, 62, 41):
        rows.add(*at(minute))
    return answer + run_batches(frames[2], folder)
