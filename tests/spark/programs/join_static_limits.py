"""Joins: limits below a join."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    frames = {
        "below": read.limit(2).join(table, "k", "left"),
        "of table": read.join(table.orderBy("name").limit(2), "k"),
        "of all": read.join(table, "k", "left").limit(100),
    }
    # Spark's readers stop at a limit, so that fewer rows are counted there.
    return [row for row in each(frames, folder) if row[0] != "progress"]
