"""Chain: ten minutes counted, then hours of those counts."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, 70))
    rows.add(*at(13, 75, 130))
    rows.add(*at(3, 131, 200))
    rows.add(*at(300))
    short = (
        rows.events(spark)
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.sum("value").alias("s"))
    )
    long = short.groupBy(f.window(f.col("window"), "1 hour"))
    return run_batches(long.agg(f.count("*"), f.sum("s")), folder)
