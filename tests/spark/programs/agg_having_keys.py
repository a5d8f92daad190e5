"""Aggregation: HAVING over keys goes below the groups, and below the watermark."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(90, k="b"))
    rows.add(*at(3, 25, k="a"), *at(200, k="b"))
    rows.add(*at(4, 60, k="a"))
    grouped = rows.events(spark, "k STRING").groupBy(
        f.window("time", "10 minutes"), "k"
    )
    frame = grouped.count().where("k = 'a'")
    mixed = grouped.count().where("k = 'a' AND count > 1")
    return [
        *run_batches(frame, folder, name="keys"),
        *run_batches(mixed, folder, name="mixed"),
        *run_batches(
            grouped.count().where("k = 'a' OR count > 1"), folder, name="either"
        ),
    ]
