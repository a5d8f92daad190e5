"""Refused or not: plain shapes with the check of operations switched off."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    plain = rows.read(spark, "time TIMESTAMP, value INT")
    window = f.window("time", "10 minutes")
    frames = {
        "counts": plain.groupBy("value").count(),
        "windows": plain.groupBy(window).count(),
        "within": plain.dropDuplicatesWithinWatermark(["value"]),
        "sorted": plain.orderBy("value"),
        "sorted counts": plain.groupBy("value").count().orderBy("count"),
    }
    with setting(spark, "spark.sql.streaming.unsupportedOperationCheck", "false"):
        return [
            [name, *failure(frame, folder, "append", name=name)]
            for name, frame in frames.items()
        ]
