"""Watermark: of a batch's late rows the groups are counted, not the rows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(60, k=1))
    rows.add(*at(1, 1, 2, k=1), *at(1, k=2), *at(11, k=1), *at(70, k=1))
    rows.add(*at(1, 1, 1, k=3), *at(65, k=1))
    read = rows.events(spark, "k INT")
    window = f.window("time", "10 minutes")
    sliding = f.window("time", "10 minutes", "5 minutes")
    return [
        *run_batches(read.groupBy(window, "k").count(), folder, name="windows"),
        *run_batches(read.groupBy(sliding).count(), folder, name="sliding"),
        *run_batches(read.groupBy("time").count(), folder, "update", name="times"),
    ]
