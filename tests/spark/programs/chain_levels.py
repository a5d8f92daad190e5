"""Chain: rows and counts of them, united and counted again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(13, 40))
    rows.add(*at(14, 41, 90))
    read = rows.events(spark)
    counts = read.groupBy(f.window("time", "10 minutes")).count()
    points = counts.select(
        f.window_time("window").alias("time"), f.col("count").alias("n")
    )
    both = read.select("time", f.lit(1).cast("bigint").alias("n")).union(points)
    frame = both.groupBy(f.window("time", "20 minutes")).agg(f.sum("n"), f.count("*"))
    return run_batches(frame, folder)
