"""Joins: united streams joined, and joined streams united."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    other = orders(spark, folder, "other")
    table = names(spark)
    frames = {
        "united": read.union(other).join(table, "k"),
        "joined": read.join(table, "k").union(other.join(table, "k", "left")),
        "itself": read.join(table, "k", "left_semi").union(
            read.join(table, "k", "left_anti")
        ),
        "counted": read.join(table, "k", "left_semi").union(other.select("k", "v")),
    }
    return each(frames, folder)
