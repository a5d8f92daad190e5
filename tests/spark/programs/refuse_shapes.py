"""Refused: shapes of query that no output mode makes possible."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    read = rows.read(spark, "k STRING, v INT, t TIMESTAMP")
    static = spark.createDataFrame([("a", 1, None)], read.schema)
    marked = read.withWatermark("t", "1 minute")
    window = f.window("t", "10 minutes")
    frames = {
        "static": lambda: static,
        "union with static": lambda: read.union(static),
        "within watermark": lambda: read.dropDuplicatesWithinWatermark(["k"]),
        "full outer static": lambda: read.join(static, "k", "full"),
        "right static": lambda: read.join(static, "k", "right"),
        "watermark of string": lambda: read.withWatermark("k", "1 minute"),
        "watermark of nothing": lambda: read.withWatermark("t", "soon"),
        "negative watermark": lambda: read.withWatermark("t", "-1 minutes"),
        "two windows": lambda: read.select(
            window, f.window("t", "1 minute").alias("b")
        ),
        "window of string": lambda: read.select(f.window("k", "1 minute")),
        "slide too long": lambda: read.select(f.window("t", "1 minute", "2 minutes")),
        "window of nought": lambda: read.select(f.window("t", "0 seconds")),
        "window of a month": lambda: read.select(f.window("t", "1 month")),
        "start too late": lambda: read.select(
            f.window("t", "1 minute", "1 minute", "2 minutes")
        ),
        "unknown column": lambda: marked.select("nothing"),
        "unknown function": lambda: marked.selectExpr("nothing(k)"),
    }

    def start(name, frame):
        writer = frame().writeStream.format("noop").outputMode("update")
        writer.option("checkpointLocation", f"{folder}/{name}").start().stop()

    return [
        [name, *outcome(lambda n=name, f=frame: start(n, f))]
        for name, frame in frames.items()
    ]
