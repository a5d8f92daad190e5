"""Sessions: a row between two of them makes them one, in a later batch."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(10, 20, 30, k="a"))
    rows.add(*at(15, k="a"))
    rows.add(*at(25, 5, k="a"))
    rows.add(*at(90, k="a"))
    frame = rows.events(spark, "k STRING", delay="30 minutes").groupBy(
        "k", f.session_window("time", "6 minutes")
    )
    aggregated = frame.agg(f.count("*"), f.min("value"), f.max("value"), f.avg("value"))
    return run_batches(aggregated, folder)
