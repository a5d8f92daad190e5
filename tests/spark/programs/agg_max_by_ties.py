"""Aggregation: of equal orders, the row that came last counts."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": "a", "o": 1})
    rows.add({"v": "b", "o": 1})
    rows.add({"v": None, "o": 1})
    rows.add({"v": "d", "o": None})
    frame = rows.read(spark, "v STRING, o INT").selectExpr(
        "max_by(v, o)", "min_by(v, o)"
    )
    return run_batches(frame, folder, "update")
