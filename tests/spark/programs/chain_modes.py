"""Refused: two steps in append, without a watermark to the end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    plain = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    marked = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes")
    frames = {
        "marked": marked.groupBy(window, "k").count().groupBy("window").count(),
        "plain": plain.groupBy(window, "k").count().groupBy("window").count(),
        "to key": marked.groupBy(window, "k").count().groupBy("k").count(),
        "from key": marked.groupBy("k").count().groupBy("count").count(),
        "distinct first": marked.dropDuplicates(["k", "time"]).groupBy(window).count(),
        "plain distinct first": plain.dropDuplicates(["k"]).groupBy("value").count(),
        "distinct after": marked.groupBy(window).count().distinct(),
        "two distinct": marked.dropDuplicates(["time"]).dropDuplicates(["k"]),
        "limit after": marked.groupBy(window).count().limit(1),
        "limit before": marked.limit(5).groupBy(window).count(),
    }
    return [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        for mode in ("append",)
    ]
