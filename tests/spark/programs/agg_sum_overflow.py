"""Aggregation: a sum too great for its type ends the query."""

from tests.spark.streams import Input, batches, finish, outcome, start


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 9223372036854775807})
    rows.add({"v": 1})
    read = rows.read(spark, "v BIGINT")
    query, found = start(read.selectExpr("sum(v)"), folder, "update")
    return [outcome(lambda: finish(query)), *batches(query, found)]
