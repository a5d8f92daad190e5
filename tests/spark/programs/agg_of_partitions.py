"""Aggregation: keys and times from the names of folders."""

import json

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for day, k in (("2026-01-01", "a"), ("2026-01-02", "a"), ("2026-01-02", "b c")):
        text = json.dumps({"v": len(k)}) + "\n"
        rows.add_text(text * 2, below=f"day={day}/k={k}")
    rows.add_text('{"v": 5}\n', below="day=2026-01-09/k=__HIVE_DEFAULT_PARTITION__")
    read = rows.read(spark, "v INT, day DATE, k STRING")
    time = read.select(f.col("day").cast("timestamp").alias("time"), "k", "v")
    days = time.withWatermark("time", "1 day").groupBy(f.window("time", "2 days"), "k")
    return [
        *run_batches(read.groupBy("k", "day").sum("v"), folder, "update", name="keys"),
        *run_batches(read.groupBy("k").count(), folder, "update", name="counts"),
        *run_batches(days.agg(f.sum("v")), folder, name="days"),
    ]
