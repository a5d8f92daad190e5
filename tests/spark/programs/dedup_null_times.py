"""Deduplication: rows without a time, by time and by key."""

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"value": 1}, {"value": 1}, *at(30))
    rows.add({"value": 1}, {"value": 2}, *at(1))
    rows.add(*at(60))
    rows.add({"value": 2})
    read = rows.events(spark)
    return [
        *run_batches(read.dropDuplicates(["time"]), folder, name="time"),
        *run_batches(read.dropDuplicates(["value", "time"]), folder, name="both"),
        failure(read.dropDuplicatesWithinWatermark(["value"]), folder, name="within"),
    ]
