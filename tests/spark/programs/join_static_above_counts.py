"""Joins: counts joined with a table, in update and complete mode."""

from tests.spark.static_joins import RIGHT_STATIC, each, names, orders


def run(spark, folder):
    counts = orders(spark, folder).groupBy("k").count()
    table = names(spark)
    frames = {kind: counts.join(table, "k", kind) for kind in RIGHT_STATIC}
    frames["right"] = table.join(counts, "k", "right")
    answer = each(frames, folder, "update")
    again = {f"{kind} complete": counts.join(table, "k", kind) for kind in RIGHT_STATIC}
    answer += each(again, folder, "complete")
    # Spark moves semi and anti joins below the grouping, which then holds less.
    return [row for row in answer if row[0] != "progress"]
