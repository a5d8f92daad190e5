"""Watermark: without state there is no batch without data."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(45))
    read = rows.events(spark)
    return [
        *run_batches(read.select("value"), folder, name="rows"),
        *run_batches(read.groupBy("value").count(), folder, "update", name="counts"),
        *run_batches(read.groupBy("time").count(), folder, "complete", name="complete"),
    ]
