"""Aggregation without keys: one row, before any input is read too."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 3, "s": "c"}, {"v": None, "s": "a"})
    rows.add({"v": 900, "s": None})
    rows.add({"v": -3, "s": "b"})
    read = rows.read(spark, "v INT, s STRING").where("v < 500 OR v IS NULL")
    calls = ["count(*)", "sum(v)", "avg(v)", "min(s)", "max(s)", "first(v)", "last(s)"]
    calls += ["collect_list(v)", "stddev(v)", "max_by(s, v)", "count_if(v > 0)"]
    frame = read.selectExpr(*calls)
    return [
        *run_batches(frame, folder, "update", name="update"),
        *run_batches(frame, folder, "complete", name="complete"),
    ]
