"""Joins: columns named by the frames they come from."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    both = read.join(table, read.k == table.k, "left")
    frames = {
        "both keys": both.select(read.k, table.k, read["v"], table["name"]),
        "dropped": both.drop(table.k),
        "renamed": both.select(read.k.alias("a"), table.k.alias("b")),
        "using": read.join(table, ["k"], "left").select(read.k, "name", table.k),
        "above": both.where(table.k.isNull()).select(read.v + 1),
        "grouped": both.drop(read.k).select("k", "v"),
    }
    return each(frames, folder)
