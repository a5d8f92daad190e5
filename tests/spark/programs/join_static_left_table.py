"""Joins: a table on the left and a stream on the right."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    frames = {
        "inner": table.join(read, "k"),
        "right": table.join(read, "k", "right"),
        "right on": table.join(read, table.k == read.k, "right"),
        "cross": table.crossJoin(read),
    }
    return each(frames, folder)
