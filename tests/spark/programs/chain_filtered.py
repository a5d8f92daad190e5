"""Chain: a filter between two steps drops groups, not the watermark."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, 70))
    rows.add(*at(13, 71, 130))
    rows.add(*at(300))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    kept = short.where("count > 1").select("window", (f.col("count") * 10).alias("n"))
    long = kept.groupBy(f.window("window", "1 hour")).agg(f.sum("n"))
    return run_batches(long, folder)
