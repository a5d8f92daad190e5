"""Sessions: many of one key, of which a batch changes few."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(*range(0, 200, 10), k="a"))
    rows.add(*at(55, 125, k="a"))
    rows.add(*at(240, k="a"))
    frame = rows.events(spark, "k STRING", delay="4 hours").groupBy(
        "k", f.session_window("time", "7 minutes")
    )
    return run_batches(frame.count(), folder)
