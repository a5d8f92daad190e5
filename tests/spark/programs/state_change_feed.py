"""State: what each batch changed in it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(2, 25))
    rows.add(*at(26, 60))
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    run_batches(frame, folder)
    reader = spark.read.format("statestore").option("readChangeFeed", True)
    state = reader.option("changeStartBatchId", 0).load(f"{folder}/query-checkpoint")
    columns = [[name, kind] for name, kind in state.dtypes]
    found = state.selectExpr(
        "batch_id", "change_type", "key.window.start", "value.count"
    )
    return [*columns, *sorted(map(list, found.collect()), key=repr)]
