"""Aggregation without keys, update: one row, also while nothing has come in."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": -1})
    rows.add({"v": 3}, {"v": None}, {"v": 4})
    rows.add({"v": -5})
    frame = rows.read(spark, "v INT").where("v > 0 OR v IS NULL")
    totals = frame.selectExpr("count(*)", "count(v)", "sum(v)", "min(v)", "avg(v)")
    return run_batches(totals, folder, "update")
