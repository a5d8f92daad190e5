"""Sources: the same rows for each batch, from rate-micro-batch."""

from tests.spark.streams import outcome, run_batches


def run(spark, folder):
    def reader(**options):
        return spark.readStream.format("rate-micro-batch").options(**options)

    chosen = {"rowsPerBatch": 4, "numPartitions": 1}
    answer = []
    read = reader(**chosen).load()
    answer += run_batches(read, folder)
    answer += run_batches(read, folder)
    timed = {"startTimestamp": 1_700_000_000_000, "advanceMillisPerBatch": 50}
    read = reader(**chosen, **timed).load()
    answer += run_batches(read, folder, name="timed")
    answer += run_batches(read, folder, name="timed", trigger={"once": True})
    changed = reader(rowsPerBatch=2, numPartitions=3, advanceMillisPerBatch=7).load()
    answer += run_batches(changed, folder, name="timed")
    wrong = [
        {},
        {"rowsPerBatch": 0},
        {"rowsPerBatch": "many"},
        {"rowsPerBatch": 1, "numPartitions": 0},
        {"rowsPerBatch": 1, "startTimestamp": -1},
        {"rowsPerBatch": 1, "advanceMillisPerBatch": -1},
    ]
    for number, options in enumerate(wrong):
        error = outcome(lambda o=options: reader(**o).load().schema)
        answer.append(["is refused", number, error != ["done"]])
    schema = reader(**chosen).schema("timestamp TIMESTAMP, value BIGINT")
    answer.append(["schema", *outcome(lambda: schema.load().schema)])
    batch = spark.read.format("rate-micro-batch").options(**chosen)
    answer.append(["batch", *outcome(lambda: batch.load().collect())])
    windows = reader(**chosen, **timed).load().withWatermark("timestamp", "1 second")
    counted = windows.groupBy("timestamp").count()
    answer += run_batches(counted, folder, "update", name="counted")
    return answer
