"""Refused: two windows in one step; two steps in a row are not."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    short, long = f.window("time", "5 minutes"), f.window("time", "10 minutes")
    grouped = outcome(lambda: read.groupBy(short, long.alias("b")).count().schema)
    chosen = outcome(lambda: read.select(short, long.alias("b")).schema)
    same = outcome(lambda: read.groupBy(short, short.alias("b")).count().schema)
    steps = read.withColumn("a", short).withColumn("b", long).groupBy("a", "b").count()
    return [grouped, chosen, same, *run_batches(steps, folder, "update")]
