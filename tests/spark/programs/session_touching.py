"""Sessions: a row at the very end of one, a microsecond before, and after."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(10, k="exact"), *at(10, k="before"), *at(10, k="after"))
    rows.add(
        {"time": "2026-03-06T10:15:00Z", "k": "exact"},
        {"time": "2026-03-06T10:14:59.999999Z", "k": "before"},
        {"time": "2026-03-06T10:15:00.000001Z", "k": "after"},
    )
    rows.add(*at(10, 15, k="together"), *at(15, 10, k="turned"))
    rows.add(*at(60, k="end"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.count(), folder)
