"""Refused: output modes that do not go with the query."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, outcome

# What Spark refuses only because its operators hand on no revisions.
BEYOND_SPARK = {
    ("rows", "complete"),
    ("sorted rows", "complete"),
    ("limited rows", "append"),
    ("limited rows", "update"),
    ("limited rows", "complete"),
    ("limited counts", "update"),
}


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    read = rows.read(spark, "k STRING, v INT, t TIMESTAMP")
    marked = read.withWatermark("t", "1 minute")
    window = f.window("t", "10 minutes")
    frames = {
        "rows": read,
        "counts": read.groupBy("k").count(),
        "global": read.selectExpr("count(*)"),
        "windows": read.groupBy(window).count(),
        "marked windows": marked.groupBy(window).count(),
        "marked, other key": marked.groupBy("k").count(),
        "sorted rows": read.orderBy("v"),
        "sorted counts": read.groupBy("k").count().orderBy("count"),
        "limited rows": read.limit(1),
        "limited counts": read.groupBy("k").count().limit(1),
        "having": read.groupBy("k").count().where("count > 1"),
    }

    def start(frame, mode):
        writer = frame.writeStream.format("noop").outputMode(mode)
        writer.option("checkpointLocation", f"{folder}/{mode}").start().stop()

    refused = {
        (name, mode): outcome(lambda f=frame, m=mode: start(f, m))
        for name, frame in frames.items()
        for mode in ("append", "update", "complete")
        if (name, mode) not in BEYOND_SPARK
    }
    return [[*key, *found] for key, found in refused.items()]
