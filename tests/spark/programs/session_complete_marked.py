"""Sessions, complete: a watermark drops nothing there."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"))
    rows.add(*at(60, k="a"))
    rows.add(*at(5, 61, k="a"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.count(), folder, "complete")
