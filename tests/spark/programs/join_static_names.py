"""Joins: names in other letters, with dots and spaces."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder).withColumnsRenamed({"v": "the value", "k": "Key"})
    table = names(spark).withColumnsRenamed({"k": "kEY", "name": "full.name"})
    frames = {
        "using": read.join(table, "KEY", "left"),
        "picked": read.join(table, "key").select("`full.name`", "`the value`"),
        "on": read.join(table, read.Key == table.kEY, "left").select(
            table["`full.name`"]
        ),
    }
    return each(frames, folder)
