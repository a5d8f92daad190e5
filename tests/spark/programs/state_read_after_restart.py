"""State: of a batch before and one after a restart."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"}, {"k": "b"})
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    run_batches(frame, folder, "update")
    rows.add({"k": "a"}, {"k": "c"})
    run_batches(frame, folder, "update")
    answer = []
    for batch_id in (0, 1):
        reader = spark.read.format("statestore").option("batchId", batch_id)
        state = reader.load(f"{folder}/query-checkpoint")
        found = state.selectExpr("key.k", "value.count").collect()
        answer.append([batch_id, sorted(map(list, found))])
    return answer
