"""Watermark: columns made of the event time have none, so append is refused."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    read = rows.events(spark)
    frames = {
        "itself": read.groupBy("time").count(),
        "renamed": read.withColumnRenamed("time", "t").groupBy("t").count(),
        "cast": read.groupBy(f.col("time").cast("timestamp").alias("t")).count(),
        "moved": read.groupBy(f.expr("time + INTERVAL 1 HOUR").alias("t")).count(),
        "truncated": read.groupBy(f.date_trunc("hour", "time").alias("hour")).count(),
        "of the day": read.groupBy(f.to_date("time").alias("day")).count(),
        "window's start": read.groupBy(
            f.window("time", "1 day").start.alias("s")
        ).count(),
        "window of moved": read.groupBy(
            f.window(f.expr("time + INTERVAL 1 DAY"), "1 hour")
        ).count(),
        "in a struct": read.groupBy(f.struct("time").alias("s")).count(),
        "dropped": read.drop("time").groupBy("value").count(),
    }
    return [
        [name, *accepted(frame, folder, "append")] for name, frame in frames.items()
    ]
