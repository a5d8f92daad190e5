"""Windows: hours that begin at a quarter past; times before 1970."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(14, 15, 75), {"time": "1969-12-31T23:14:59.999999Z", "value": 1})
    rows.add({"time": "1969-12-31T23:15:00Z", "value": 2})
    read = rows.read(spark, "time TIMESTAMP, value INT")
    window = f.window("time", "1 hour", "1 hour", "15 minutes")
    return run_batches(read.groupBy(window).count(), folder, "update")
