"""Watermark, update: a group that a batch changes and takes away comes out."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(40, 13))
    rows.add(*at(14, 25, 3))
    rows.add(*at(26, 36))
    frame = (
        rows.events(spark).groupBy(f.window("time", "10 minutes")).agg(f.sum("value"))
    )
    return [
        *run_batches(frame, folder, "update", name="update"),
        *run_batches(frame, folder, "append", name="append"),
    ]
