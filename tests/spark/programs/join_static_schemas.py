"""Joins: columns, their types and whether they may be null."""

from pyspark.sql import functions as f

from tests.spark.static_joins import orders

KINDS = ("inner", "cross", "left", "right", "left_semi", "left_anti")


def run(spark, folder):
    read = orders(spark, folder).select("k", f.lit(1).alias("one"))
    table = spark.range(2).select(f.lit("a").alias("k"), "id")
    answer = []
    for kind in KINDS:
        for left, right in ((read, table), (table, read)):
            schema = left.join(right, "k", kind).schema
            answer.append(
                [
                    kind,
                    [[c.name, c.dataType.simpleString(), c.nullable] for c in schema],
                ]
            )
            schema = left.join(right, left.k == right.k, kind).schema
            answer.append(
                [
                    kind,
                    [[c.name, c.dataType.simpleString(), c.nullable] for c in schema],
                ]
            )
    return answer
