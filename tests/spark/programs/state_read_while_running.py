"""State: read while its query runs, after each of its batches."""

from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    path = f"{folder}/running"
    writer = rows.read(spark, "k STRING").groupBy("k").count().writeStream
    writer = writer.format("noop").outputMode("update")
    query = writer.option("checkpointLocation", path).start()
    answer = []
    try:
        for key in ("a", "b", None, "a"):
            query.processAllAvailable()
            state = spark.read.format("statestore").load(path)
            metadata = spark.read.format("state-metadata").load(path)
            answer.append(
                [
                    sorted(
                        map(list, state.select("key.*", "value.*").collect()), key=repr
                    ),
                    list(metadata.select("minBatchId", "maxBatchId").collect()[0]),
                ]
            )
            rows.add({"k": key})
    finally:
        query.stop()
    return answer
