"""Chain: duplicates dropped, then counted in windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, 12))
    rows.add(*at(1, 3, 30))
    rows.add(*at(2, 31, 60))
    read = rows.events(spark)
    frame = read.dropDuplicates(["time", "value"]).groupBy(
        f.window("time", "10 minutes")
    )
    return run_batches(frame.count(), folder)
