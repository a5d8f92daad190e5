"""Restart: the one row of an aggregation without keys."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    frame = rows.read(spark, "v INT").selectExpr("count(*)", "sum(v)", "max(v)")
    rows.add({"v": 1}, {"v": 5})
    answer = run_batches(frame, folder, "complete")
    answer += run_batches(frame, folder, "complete")
    rows.add({"v": None})
    return answer + run_batches(frame, folder, "update")
