"""Joins: tables that are computed: groups, ranks, unions, sorts."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    more = spark.createDataFrame(
        [("b", "Bert"), ("a", "Anna")], "k STRING, name STRING"
    )
    frames = {
        "grouped": read.join(
            table.groupBy("k").agg(f.max("name"), f.count("*")), "k", "left"
        ),
        "distinct": read.join(table.select("k").distinct(), "k"),
        "united": read.join(table.union(more), "k", "left"),
        "by name": read.join(table.unionByName(more).dropDuplicates(), "k"),
        "except": read.join(table.select("k").subtract(more.select("k")), "k"),
        "sorted": read.join(table.orderBy("name").limit(2), "k"),
        "filtered": read.join(
            table.where("name LIKE 'A%'").select("k"), "k", "left_anti"
        ),
    }
    return each(frames, folder)
