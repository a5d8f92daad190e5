"""Joins: names that mean two columns, or none."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, orders
from tests.spark.streams import outcome


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    frames = {
        "twice": lambda: read.join(table, read.k == table.k).select("k"),
        "twice in where": lambda: read.join(table, read.k == table.k).where("k = 'a'"),
        "in the condition": lambda: read.join(table, f.col("k") == table.k),
        "in the keys": lambda: read.join(table, "name"),
        "not there": lambda: read.join(table, "nothing"),
        "of no alias": lambda: read.alias("o").join(table, "k").select("x.k"),
        "gone in semi": lambda: read.join(table, "k", "left_semi").select("name"),
        "not boolean": lambda: read.join(table, read.v),
        "itself": lambda: read.join(read, read.k == read.k).select("v"),
    }
    return [
        [name, *outcome(lambda made=made: made().schema)]
        for name, made in frames.items()
    ]
