"""Aggregation: what comes from state may be null by its schema, counts too."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    read = rows.events(spark, "k STRING NOT NULL")
    window = f.window("time", "10 minutes")
    frames = [
        read.groupBy("k").agg(f.count("*"), f.collect_list("k")),
        read.groupBy(window, "k").count(),
        read.groupBy("k", f.session_window("time", "5 minutes")).count(),
        read.rollup("k", "value").agg(f.grouping_id()),
        read.distinct(),
    ]
    return [[c.name, c.nullable] for frame in frames for c in frame.schema]
