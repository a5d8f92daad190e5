"""Windows: a row counts in every sliding window that holds it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 4, 10))
    rows.add(*at(9, 14))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .groupBy(f.window("time", "10 minutes", "5 minutes"))
        .agg(f.count("*").alias("n"), f.sum("value").alias("total"))
    )
    return run_batches(frame, folder, "update")
