"""Joins: structs, arrays and maps, as keys and beside them."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"p": {"x": 1, "y": "a"}, "l": [1, 2]}, {"p": {"x": 2}, "l": []})
    rows.add({"p": None, "l": [None]}, {"p": {"x": 1, "y": "a"}, "l": None})
    read = rows.read(spark, "p STRUCT<x: INT, y: STRING>, l ARRAY<INT>")
    table = spark.createDataFrame(
        [((1, "a"), [1, 2], {"m": 1}), ((2, None), [], {}), ((3, "c"), None, None)],
        "q STRUCT<x: INT, y: STRING>, r ARRAY<INT>, m MAP<STRING, INT>",
    )
    frames = {
        "field": read.join(table, f.col("p.x") == f.col("q.x"), "left"),
        "struct": read.join(table, read.p == table.q, "left"),
        "array": read.join(table, read.l == table.r, "left_anti"),
        "contains": read.join(table, f.array_contains(table.r, read.p.x), "left"),
        "above": read.join(table, f.col("p.x") == f.col("q.x")).select(
            "p.y", f.size("r"), f.col("m")["m"]
        ),
    }
    return each(frames, folder)
