"""Joins: rows that are there twice, on either side."""

from tests.spark.static_joins import RIGHT_STATIC, kinds
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "a", "v": 1}, {"k": "b", "v": 1})
    rows.add({"k": "a", "v": 1})
    read = rows.read(spark, "k STRING, v INT")
    table = spark.createDataFrame(
        [("a", 1), ("a", 1), ("a", 2), ("c", 1)], "k STRING, w INT"
    )
    return kinds(lambda kind: read.join(table, "k", kind), folder, *RIGHT_STATIC)
