"""Chain: lists of the structs that a step before made."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(13, 40))
    rows.add(*at(100))
    short = (
        rows.events(spark)
        .groupBy(f.window("time", "10 minutes"))
        .agg(f.sort_array(f.collect_list("value")).alias("values"))
    )
    long = short.groupBy(f.window("window", "1 hour")).agg(
        f.sort_array(f.collect_list(f.struct("window.start", "values"))).alias("all")
    )
    return run_batches(long, folder)
