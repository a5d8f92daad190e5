"""Watermark: a group leaves by its time, whatever its other keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(1, k=None))
    rows.add(*at(1, k="b"), *at(12, k="a"))
    rows.add(*at(2, k="b"), *at(1, k="c"), *at(30, k="a"))
    frame = rows.events(spark, "k STRING").groupBy("k", "time").agg(f.sum("value"))
    return [
        *run_batches(frame, folder, "append", name="append"),
        *run_batches(frame, folder, "update", name="update"),
    ]
