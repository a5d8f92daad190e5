"""Aggregation without keys: batches of which a filter leaves nothing."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 1})
    rows.add({"v": 2})
    rows.add({"v": 11})
    rows.add({"v": 3})
    read = rows.read(spark, "v INT").where("v > 10")
    return [
        *run_batches(read.selectExpr("count(*)", "sum(v)"), folder, "update", name="u"),
        *run_batches(
            read.selectExpr("count(*)", "sum(v)"), folder, "complete", name="c"
        ),
        *run_batches(read.groupBy("v").count(), folder, "update", name="keys"),
    ]
