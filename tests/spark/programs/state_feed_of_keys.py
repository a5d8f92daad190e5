"""State: changes of a deduplication, with the keys that left."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2))
    rows.add(*at(2, 3, 40))
    run_batches(rows.events(spark).dropDuplicates(["time"]), folder)
    reader = spark.read.format("statestore").option("readChangeFeed", True)
    reader = reader.option("changeStartBatchId", 1).option("changeEndBatchId", 2)
    state = reader.load(f"{folder}/query-checkpoint")
    found = state.select("batch_id", "change_type", "key.time").collect()
    return sorted(map(list, found), key=repr)
