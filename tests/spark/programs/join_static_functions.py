"""Joins: user functions below a join, above it and on a table."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    shout = f.udf(lambda text: None if text is None else f"{text}!", "string")
    double = f.udf(lambda number: 2 * number, "int")
    frames = {
        "of table": read.join(table.withColumn("name", shout("name")), "k", "left"),
        "of stream": read.withColumn("v", double("v")).join(table, "k", "left"),
        "above": read.join(table, "k", "left").select(shout("name"), double("v")),
        "as key": read.join(table, shout(read.k) == shout(table.k)).select("name", "v"),
        "mapped": read.join(table.mapInPandas(longest, "k STRING, length BIGINT"), "k"),
        "filtered": read.join(table, "k").where(shout("name") == "Ada!"),
    }
    return each(frames, folder)


def longest(frames):
    for frame in frames:
        frame["length"] = frame["name"].str.len()
        yield frame[["k", "length"]]
