"""Sessions: late rows by the end of their own session, and boundaries of it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(30, k="a"))
    rows.add(*at(14, k="a"), *at(15, k="b"), *at(16, k="c"))
    rows.add(*at(15, k="d"), *at(14, 13, k="b"), *at(17, k="c"))
    rows.add(*at(35, k="a"))
    rows.add(*at(24, 31, k="a"), *at(60, k="b"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.count(), folder)
