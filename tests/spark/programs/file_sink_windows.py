"""File sink: final windows as files, in folders by key, over a restart."""

from pyspark.sql import functions as f

from tests.spark.streams import AVAILABLE_NOW, Input, at, finish


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, k="a"), *at(3, k="b"))
    rows.add(*at(30, k="a"))
    counts = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .count()
    )
    frame = counts.select("window.start", "count", "k")

    def write():
        writer = frame.writeStream.format("parquet").partitionBy("k")
        writer = writer.option("checkpointLocation", f"{folder}/checkpoint")
        finish(writer.trigger(**AVAILABLE_NOW).start(f"{folder}/output"))
        found = spark.read.parquet(f"{folder}/output").select("start", "count", "k")
        return sorted(([*row] for row in found.collect()), key=repr)

    first = write()
    rows.add(*at(31, 60, k="b"))
    return [first, write()]
