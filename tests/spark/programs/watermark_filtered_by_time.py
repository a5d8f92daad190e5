"""Watermark: rows that a filter of the event time drops do move it."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 90))
    rows.add(*at(3, 81, 25))
    rows.add(*at(85, 40))
    read = rows.events(spark).where("time < '2026-03-06T11:22:00Z'")
    both = rows.events(spark).where("time < '2026-03-06T11:22:00Z' AND value <> 90")
    return [
        *run_batches(read.groupBy("time").count(), folder, name="time"),
        *run_batches(both.groupBy("time").count(), folder, name="both"),
    ]
