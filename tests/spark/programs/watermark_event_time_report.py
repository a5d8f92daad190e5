"""Watermark: least, greatest and average event time of each batch."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 1, 5))
    rows.add(
        {"time": "2026-03-06T10:00:00.0015Z"}, {"time": "2026-03-06T10:00:00.0025Z"}
    )
    rows.add(*at(7), {"time": "1969-12-31T23:59:59.9995Z"}, {"time": None})
    rows.add(*at(600))
    frame = rows.events(spark, delay="1 hour").groupBy("time").count()
    return run_batches(frame, folder, "update")
