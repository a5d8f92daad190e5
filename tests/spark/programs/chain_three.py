"""Chain: three steps of ever longer windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 6, 31))
    rows.add(*at(32, 70, 100))
    rows.add(*at(300))
    rows.add(*at(301))
    first = (
        rows.events(spark, delay="1 minute")
        .groupBy(f.window("time", "5 minutes"))
        .count()
    )
    second = first.groupBy(f.window("window", "30 minutes")).agg(
        f.sum("count").alias("n")
    )
    third = second.groupBy(f.window("window", "1 hour")).agg(f.sum("n"), f.count("*"))
    return run_batches(third, folder)
