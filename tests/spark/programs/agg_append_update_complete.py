"""Aggregation: the same windows in each of the three modes."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(2, 33))
    rows.add(*at(4, 34, 50))
    frame = (
        rows.events(spark)
        .groupBy(f.window("time", "10 minutes"))
        .agg(
            f.sum("value").alias("total"),
            f.sort_array(f.collect_set("value")).alias("set"),
        )
    )
    answer = []
    for mode in ("append", "update", "complete"):
        answer += run_batches(frame, folder, mode, name=mode)
    return answer
