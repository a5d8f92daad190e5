"""State: of batches before and after a restart with another filter."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2})

    def counted(limit):
        frame = rows.read(spark, "k STRING, v INT").where(f.col("v") > limit)
        return frame.groupBy("k").agg(f.count("*"), f.min("v"))

    run_batches(counted(0), folder, "update")
    rows.add({"k": "a", "v": 2}, {"k": "a", "v": 9})
    run_batches(counted(5), folder, "update")
    answer = []
    for batch_id in (0, 1):
        reader = spark.read.format("statestore").option("batchId", batch_id)
        state = reader.load(f"{folder}/query-checkpoint")
        found = state.select("key.*", "value.*").collect()
        answer.append([state.columns, sorted(map(list, found), key=repr)])
    metadata = spark.read.format("state-metadata").load(f"{folder}/query-checkpoint")
    found = metadata.select("operatorId", "operatorName", "minBatchId", "maxBatchId")
    return [*answer, list(map(list, found.collect()))]
