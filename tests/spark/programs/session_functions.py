"""Sessions: lists, first and last, statistics, filters, structs."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a", s="x"), *at(20, k="a", s="y"))
    rows.add(*at(6, k="a", s=None), *at(24, 28, k="a", s="z"))
    rows.add(*at(70, k="a", s="end"))
    frame = rows.events(spark, "k STRING, s STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    aggregated = frame.agg(
        f.sort_array(f.collect_list("value")).alias("list"),
        f.sort_array(f.collect_set("s")).alias("set"),
        f.stddev("value").alias("deviation"),
        f.max_by("s", "value").alias("by"),
        f.expr("count(*) FILTER (WHERE s = 'z')").alias("of_z"),
        f.struct(f.min("time"), f.max("time")).alias("span"),
        (f.sum("value") / f.count("value")).alias("mean"),
        f.median("value").alias("median"),
    )
    return run_batches(aggregated, folder)
