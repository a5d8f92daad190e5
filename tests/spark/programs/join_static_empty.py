"""Joins: a table without rows."""

from tests.spark.static_joins import RIGHT_STATIC, each, orders


def run(spark, folder):
    read = orders(spark, folder)
    empty = spark.createDataFrame([], "k STRING, name STRING")
    right = spark.createDataFrame([("a", 1)], "k STRING, n INT").where("n > 1")
    frames = {kind: read.join(empty, "k", kind) for kind in RIGHT_STATIC}
    frames["cross"] = read.crossJoin(empty)
    frames["right"] = right.join(read, "k", "right")
    return [row for row in each(frames, folder) if row[0] != "progress"]
