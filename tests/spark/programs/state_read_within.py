"""State: when each key within the watermark expires."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(5, k="b"))
    frame = rows.events(spark, "k STRING").dropDuplicatesWithinWatermark(["k"])
    run_batches(frame, folder)
    state = spark.read.format("statestore").load(f"{folder}/query-checkpoint")
    found = state.selectExpr("key.k", "value.expiresAtMicros").collect()
    return sorted(map(list, found))
