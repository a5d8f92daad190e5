"""Accepted: an aggregation of deduplicated rows in update and complete."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    plain = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    marked = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes")
    frames = {
        "distinct first": marked.dropDuplicates(["k", "time"]).groupBy(window).count(),
        "plain distinct first": plain.dropDuplicates(["k"]).groupBy("value").count(),
    }
    return [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        for mode in ("update", "complete")
    ]
