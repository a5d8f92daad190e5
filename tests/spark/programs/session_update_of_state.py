"""Sessions: what a batch without rows of a key leaves as it is."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"), *at(2, k="b"), *at(3, k="c"))
    rows.add(*at(4, k="b"))
    rows.add(*at(5, k="c"), *at(30, k="d"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.agg(f.max("time"), f.count("*")), folder)
