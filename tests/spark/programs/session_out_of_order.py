"""Sessions: rows of a batch in any order."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(9, 1, 5, 30, 3, k="a"), *at(30, 26, 34, k="b"))
    rows.add(*at(34, 2, 38, 22, k="a"))
    rows.add(*at(80, k="a"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
