"""Joins: several tables in one query, and tables joined before."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    sizes = spark.createDataFrame(
        [("Anna", 3), ("Cleo", 5), (None, 7)], "name STRING, size INT"
    )
    levels = spark.createDataFrame([(1, "one"), (5, "five")], "v INT, level STRING")
    frames = {
        "one by one": read.join(table, "k", "left").join(sizes, "name", "left"),
        "tables first": read.join(table.join(sizes, "name"), "k", "left"),
        "full below": read.join(table.join(sizes, "name", "full"), "k"),
        "both keys": read.join(table, "k").join(levels, "v", "left_anti"),
        "either side": levels.join(read.join(table, "k"), "v", "right"),
        "semi then left": read.join(levels, "v", "left_semi").join(table, "k", "left"),
    }
    return each(frames, folder)
