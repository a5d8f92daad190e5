"""Restart: an operator with state where there was none."""

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30, k="a"))
    read = rows.events(spark, "k STRING")
    answer = run_batches(read.select("value"), folder)
    rows.add(*at(31, k="b"))
    for name, frame in {
        "counts": read.groupBy("time").count().selectExpr("count AS value"),
        "distinct": read.select("value").distinct(),
    }.items():
        answer.append([name, *failure(frame, folder)])
    return answer
