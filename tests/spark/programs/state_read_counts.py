"""State: keys and values of an aggregation, of each batch kept."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 5})
    rows.add({"k": "a", "v": 2}, {"k": None, "v": None})
    frame = (
        rows.read(spark, "k STRING, v INT").groupBy("k").agg(f.count("*"), f.sum("v"))
    )
    run_batches(frame, folder, "update")
    answer = []
    for batch_id in (0, 1, None):
        reader = spark.read.format("statestore")
        if batch_id is not None:
            reader = reader.option("batchId", batch_id)
        state = reader.load(f"{folder}/query-checkpoint")
        found = state.selectExpr("key.k", "value.*").collect()
        answer += [[batch_id, sorted(map(list, found), key=repr)]]
    return answer
