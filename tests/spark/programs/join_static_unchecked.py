"""Joins: kinds without an end run where nothing is checked."""

from tests.spark.static_joins import each, names, orders
from tests.spark.streams import setting

CHECK = "spark.sql.streaming.unsupportedOperationCheck"


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    frames = {
        "full": read.join(table, "k", "full"),
        "right": read.join(table, "k", "right"),
        "left": table.join(read, "k", "left"),
        "semi": table.join(read, "k", "left_semi"),
        "anti": table.join(read, "k", "left_anti"),
        "full left": table.join(read, "k", "full"),
    }
    with setting(spark, CHECK, "false"):
        return each(frames, folder)
