"""Stateless: structs, arrays and maps, built and read."""

from tests.spark.streams import Input, run_batches

SCHEMA = "id INT, s STRUCT<x: INT, y: STRING>, l ARRAY<INT>, m MAP<STRING, DOUBLE>"


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"id": 1, "s": {"x": 1, "y": "a"}, "l": [3, None, 1], "m": {"k": 0.5}},
        {"id": 2, "s": None, "l": [], "m": {}},
    )
    rows.add({"id": 3, "s": {"x": None}, "l": None, "m": None})
    read = rows.read(spark, SCHEMA)
    chosen = read.selectExpr(
        "id",
        "s.x",
        "s",
        "get(l, 0) AS first",
        "size(l)",
        "array_contains(l, 1)",
        "sort_array(l)",
        "m['k'] AS k",
        "map_keys(m)",
        "named_struct('id', id, 'l', l) AS built",
        "array(id, 2)",
        "map('id', id)",
        "slice(l, 1, 2)",
        "array_join(l, ',', 'null')",
        "array_distinct(l)",
        "array_max(l)",
    )
    return run_batches(chosen, folder)
