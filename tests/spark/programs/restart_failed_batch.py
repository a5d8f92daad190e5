"""Restart: a batch that failed runs again, with its id and its input."""

from tests.spark.streams import Input, batches, finish, outcome, run_batches, start


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1})
    rows.add({"n": 0})
    rows.add({"n": 2})
    read = rows.read(spark, "n INT")
    broken = read.selectExpr("10 / n AS v").groupBy("v").count()
    query, found = start(broken, folder, "update")
    answer = [outcome(lambda: finish(query)), *batches(query, found)]
    mended = read.selectExpr("try_divide(10, n) AS v").groupBy("v").count()
    return answer + run_batches(mended, folder, "update")
