"""Aggregation without keys, complete: counts of nothing are nought, sums null."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": -1})
    rows.add({"v": 3}, {"v": 4})
    rows.add({"v": -2})
    frame = rows.read(spark, "v INT").where("v > 0")
    totals = frame.selectExpr("count(*) AS n", "sum(v)", "max(v) + 1 AS top")
    return run_batches(totals, folder, "complete")
