"""Joins: conditions without an equality."""

from tests.spark.static_joins import RIGHT_STATIC, each, kinds, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = spark.createDataFrame(
        [(1, 2, "low"), (2, 4, "mid"), (4, None, "high")],
        "low INT, high INT, band STRING",
    )
    answer = kinds(
        lambda kind: read.join(table, read.v > table.low, kind), folder, *RIGHT_STATIC
    )
    unlike = read.join(table, read.v != table.low, "left")
    return answer + each({"unlike": unlike}, folder)
