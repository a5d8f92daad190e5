"""Restart: another filter, projection and limit of files over the same checkpoint."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1}, {"n": 2})
    answer = run_batches(rows.read(spark, "n INT"), folder)
    rows.add({"n": 3}, {"n": 4})
    rows.add({"n": 5})
    changed = rows.read(spark, "n INT", maxFilesPerTrigger=5)
    return answer + run_batches(changed.where("n <> 4").selectExpr("n * 2"), folder)
