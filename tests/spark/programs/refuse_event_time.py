"""Refused: event time in append by every place a watermark may stand."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    plain = rows.read(spark, "time TIMESTAMP, value INT")
    marked = rows.events(spark)
    window = f.window("time", "10 minutes")
    frames = {
        "above the window": plain.select(window, "time")
        .withWatermark("time", "1 minute")
        .groupBy("window")
        .count(),
        "below the window": marked.select(window).groupBy("window").count(),
        "of the window": plain.select(window)
        .withWatermark("window", "1 minute")
        .groupBy("window")
        .count(),
        "above the groups": plain.groupBy("time")
        .count()
        .withWatermark("time", "1 minute"),
        "key and time": marked.groupBy("value", "time").count(),
        "key alone": marked.groupBy("value").agg(f.max("time")),
        "none": marked.agg(f.count("*")),
        "window and time": marked.groupBy(window, "time").count(),
        "rolled up": marked.rollup(window, "value").count(),
        "through union": marked.union(marked).groupBy(window).count(),
    }
    return [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        for mode in ("append", "update", "complete")
    ]
