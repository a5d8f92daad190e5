"""Sessions: a row whose own session is over may still belong to one that waits."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(22, 40, k="a"))
    rows.add(*at(24, 41, k="a"))
    rows.add(*at(19, 27, k="a"))
    rows.add(*at(80, k="a"))
    rows.add(*at(26, 81, k="a"))
    frame = rows.events(spark, "k STRING", delay="15 minutes").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
