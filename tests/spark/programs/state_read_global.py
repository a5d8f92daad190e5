"""State: of an aggregation without keys, one row."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 1})
    rows.add({"v": 41})
    run_batches(
        rows.read(spark, "v INT").selectExpr("count(*)", "sum(v)"), folder, "update"
    )
    state = spark.read.format("statestore").load(f"{folder}/query-checkpoint")
    return [list(row) for row in state.selectExpr("value.*").collect()]
