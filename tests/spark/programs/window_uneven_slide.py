"""Windows: a length that the slide does not divide, and a start that is moved."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 1, 7))
    rows.add(*at(10, 13))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    window = f.window("time", "7 minutes", "3 minutes", "1 minute")
    return run_batches(read.groupBy(window).count(), folder, "update")
