"""Sessions: chosen without groups, a row gives its own session."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3))
    rows.add(*at(4), {"value": 5})
    chosen = rows.events(spark).select(f.session_window("time", "5 minutes"), "value")
    return run_batches(chosen, folder)
