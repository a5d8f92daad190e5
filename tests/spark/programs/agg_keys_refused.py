"""Refused: keys that have no order or equality."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"m": {"a": 1}})
    read = rows.read(spark, "m MAP<STRING, INT>, l ARRAY<MAP<STRING, INT>>, v INT")
    frames = {
        "map": lambda: read.groupBy("m").count(),
        "array of maps": lambda: read.groupBy("l").count(),
        "struct of map": lambda: read.groupBy(f.struct("m")).count(),
        "max of map": lambda: read.groupBy("v").agg(f.max("m")),
        "sum of map": lambda: read.groupBy("v").agg(f.sum("m")),
        "distinct of map": lambda: read.select("m").distinct(),
        "duplicates of map": lambda: read.dropDuplicates(["m"]),
        "set of map": lambda: read.agg(f.collect_set("m")),
        "not grouped": lambda: read.groupBy("v").agg(f.max("v"), f.col("l")),
        "aggregate as a key": lambda: read.groupBy(f.max("v")).count(),
        "nested": lambda: read.agg(f.sum(f.max("v"))),
    }

    def answer(frame):
        return outcome(lambda: frame().schema)

    return [[name, *answer(frame)] for name, frame in frames.items()]
