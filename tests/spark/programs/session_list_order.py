"""Sessions: lists, first and last by the times of rows, whatever their order."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(5, 1, 3, k="a"))
    rows.add(*at(4, 0, 8, k="a"), *at(30, 28, k="a"))
    rows.add(*at(26, 29, k="a"), *at(90, k="b"))
    frame = rows.events(spark, "k STRING", delay="30 minutes").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    aggregated = frame.agg(f.collect_list("value"), f.first("value"), f.last("value"))
    return run_batches(aggregated, folder)
