"""Joins: one key that takes nulls beside one that does not."""

from tests.spark.static_joins import RIGHT_STATIC, kinds
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": None, "v": 1}, {"k": "a"}, {})
    rows.add({"k": None, "v": 2}, {"k": "b", "v": 2})
    read = rows.read(spark, "k STRING, v INT")
    table = spark.createDataFrame(
        [("a", 1, "x"), (None, 1, "y"), ("a", None, "z"), (None, None, "w")],
        "k STRING, v INT, name STRING",
    )

    def join(kind):
        on = read.k.eqNullSafe(table.k) & (read.v == table.v)
        return read.join(table, on, kind)

    return kinds(join, folder, *RIGHT_STATIC)
