"""Restart: what is chosen above the groups may change."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"}, {"k": "a"}, {"k": "b"})
    counted = rows.read(spark, "k STRING").groupBy("k").count()
    answer = run_batches(counted.where("count > 1"), folder, "update")
    rows.add({"k": "a"}, {"k": "b"})
    answer += run_batches(
        counted.selectExpr("upper(k) AS u", "count * 10"), folder, "update"
    )
    rows.add({"k": "b"})
    return answer + run_batches(counted.where("count < 3"), folder, "complete")
