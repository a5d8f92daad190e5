"""Refused: sinks and options that do not make a query."""

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1})
    read = rows.read(spark, "k STRING, v INT")
    counted = read.groupBy("k").count()
    there = ("checkpointLocation", f"{folder}/checkpoint")

    def ignore(frame, batch_id):
        pass

    writers = {
        "no checkpoint": lambda: read.writeStream.format("json").option(
            "path", f"{folder}/output"
        ),
        "no path": lambda: read.writeStream.format("json").option(*there),
        "memory without name": lambda: read.writeStream.format("memory"),
        "mode": lambda: read.writeStream.outputMode("sometimes").format("noop"),
        "files, update": lambda: (
            counted.writeStream.outputMode("update")
            .format("json")
            .option(*there)
            .option("path", f"{folder}/output")
        ),
        "memory, partitions": lambda: (
            read.writeStream.partitionBy("k")
            .format("memory")
            .queryName("refused_memory")
        ),
        "function, partitions": lambda: (
            read.writeStream.partitionBy("k").foreachBatch(ignore).option(*there)
        ),
        "no such partition": lambda: (
            read.writeStream.partitionBy("z")
            .format("parquet")
            .option(*there)
            .option("path", f"{folder}/output")
        ),
    }
    return [
        [name, *outcome(lambda w=writer: w().start().stop())]
        for name, writer in writers.items()
    ]
