"""Joins: deduplication below and above a join."""

from tests.spark.static_joins import each, names, orders, timed


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    marked = timed(spark, folder)
    frames = {
        "below": read.dropDuplicates(["k"]).join(table, "k", "left"),
        "above": read.join(table, "k").dropDuplicates(["name"]).select("name"),
        "distinct": read.join(table, "k").select("name").distinct(),
        "with time": marked.join(table, "k")
        .dropDuplicates(["time", "k"])
        .select("k", "time"),
        "within below": marked.dropDuplicatesWithinWatermark(["k"]).join(table, "k"),
    }
    return each(frames, folder)
