"""Joins: kinds for which a stream has no end."""

from tests.spark.static_joins import names, orders
from tests.spark.streams import accepted

KINDS = ("inner", "cross", "left", "right", "full", "left_semi", "left_anti")


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    counts = read.groupBy("k").count()
    answer = []
    for kind in KINDS:
        stream_left = accepted(read.join(table, "k", kind), folder, "append")
        stream_right = accepted(table.join(read, "k", kind), folder, "update")
        above = accepted(counts.join(table, "k", kind), folder, "complete")
        answer.append([kind, stream_left, stream_right, above])
    united = read.union(table.selectExpr("k", "1 AS v"))
    return [*answer, ["union", accepted(united, folder, "append")]]
