"""Watermark: two branches of one frame, filtered apart and united."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 30))
    rows.add(*at(3, 45))
    rows.add(*at(90, 31))
    read = rows.events(spark)
    both = read.where("value % 2 = 0").union(read.where("value % 2 = 1"))
    early = read.where("value < 40").union(read.where("value >= 40"))
    return [
        *run_batches(
            both.groupBy(f.window("time", "10 minutes")).count(), folder, name="b"
        ),
        *run_batches(
            early.groupBy(f.window("time", "10 minutes")).count(), folder, name="e"
        ),
    ]
