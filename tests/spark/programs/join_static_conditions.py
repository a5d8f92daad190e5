"""Joins: conditions on one side beside the keys."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    same = read.k == table.k
    of_table = same & (table.name != "Ada")
    frames = {
        "of stream": read.join(table, same & (read.v > 1), "left"),
        "of stream anti": read.join(table, same & (read.v > 1), "left_anti"),
        "of table": read.join(table, of_table, "left"),
        "of table inner": read.join(table, of_table),
        "of both": read.join(table, same & (f.length(table.name) > read.v), "left"),
        "either": read.join(table, same | (read.v == 5), "left_semi"),
    }
    return each(frames, folder)
