"""Aggregation: lists of structs in sliding windows, to their end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 6, s="a"))
    rows.add(*at(8, s=None), *at(12, s="b"))
    rows.add(*at(40, s="c"))
    frame = rows.events(spark, "s STRING").groupBy(
        f.window("time", "10 minutes", "5 minutes")
    )
    lists = frame.agg(
        f.collect_list(f.struct("value", "s")).alias("rows"),
        f.array_join(f.sort_array(f.collect_set("s")), ",").alias("texts"),
        f.first("s", ignorenulls=True).alias("first"),
    )
    return run_batches(lists, folder)
