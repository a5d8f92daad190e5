"""State: the changes of some of the batches, of a step that forgets keys."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"))
    rows.add(*at(20, k="a"), *at(21, k="b"))
    rows.add(*at(60, k="c"))
    rows.add(*at(62, k="a"))
    frame = (
        rows.read(spark, "time TIMESTAMP, k STRING")
        .withWatermark("time", "5 minutes")
        .dropDuplicatesWithinWatermark(["k"])
    )
    run_batches(frame, folder)
    answer = []
    for first, last in ((0, 0), (1, 2), (2, 4), (0, None)):
        reader = spark.read.format("statestore").option("readChangeFeed", True)
        reader = reader.option("changeStartBatchId", first)
        if last is not None:
            reader = reader.option("changeEndBatchId", last)
        state = reader.load(f"{folder}/query-checkpoint")
        found = state.selectExpr("batch_id", "change_type", "key.k", "value.*")
        answer.append([first, last, sorted(map(list, found.collect()), key=repr)])
    return answer
