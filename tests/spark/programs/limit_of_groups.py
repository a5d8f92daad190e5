"""Limit: of windows as they become final, and above a limit of rows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    rows.add(*at(30))
    rows.add(*at(60))
    rows.add(*at(90))
    windows = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    few = rows.events(spark).limit(3).groupBy(f.window("time", "10 minutes")).count()
    return [
        *run_batches(windows.limit(2), folder, name="above"),
        *run_batches(few, folder, name="below"),
    ]
