"""Windows: chosen as a column, then made distinct."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(3, 14, 45))
    rows.add(*at(4, 15))
    windows = rows.events(spark).select(f.window("time", "10 minutes"))
    return run_batches(windows.distinct(), folder)
