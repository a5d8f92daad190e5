"""Joins: a table of many rows, of which a batch needs few."""

from tests.spark.static_joins import RIGHT_STATIC, each
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"id": 7, "v": 1}, {"id": 19_999, "v": 2}, {"id": -1, "v": 3}, {"v": 4})
    rows.add({"id": 7, "v": 5}, {"id": 12_345, "v": 6})
    read = rows.read(spark, "id BIGINT, v INT")
    table = spark.range(20_000).selectExpr(
        "id", "CONCAT('n', id) AS name", "id % 7 AS r"
    )
    twice = table.union(table.where("r = 0"))
    frames = {kind: read.join(table, "id", kind) for kind in RIGHT_STATIC}
    frames["twice"] = read.join(twice, "id", "left")
    frames["safe"] = read.join(table, read.id.eqNullSafe(table.id), "left")
    frames["filtered"] = read.join(table, "id", "left").where("r > 0 OR r IS NULL")
    frames["right"] = table.join(read, "id", "right")
    return each(frames, folder)
