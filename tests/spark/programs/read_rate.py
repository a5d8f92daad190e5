"""Sources: rate, whose rows depend on the clock, so only their form is told."""

from pathlib import Path

from tests.spark.streams import outcome, start


def run(spark, folder):
    def reader(**options):
        return spark.readStream.format("rate").options(**options)

    frame = reader(rowsPerSecond=10, numPartitions=2).load()
    answer = [["columns", frame.schema.simpleString()]]
    wrong = [
        {"rowsPerSecond": 0},
        {"rowsPerSecond": "many"},
        {"rowsPerSecond": -1},
        {"rampUpTime": "-1s"},
        {"rampUpTime": "soon"},
        {"numPartitions": 0},
        {"rampUpTime": "10s", "rowsPerSecond": 5},
    ]
    for number, options in enumerate(wrong):
        error = outcome(lambda o=options: reader(**o).load().schema)
        answer.append(["is refused", number, error != ["done"]])
    schema = reader().schema("timestamp TIMESTAMP, value BIGINT")
    answer.append(["schema", *outcome(lambda: schema.load().schema)])
    batch = spark.read.format("rate")
    answer.append(["batch", *outcome(lambda: batch.load().collect())])
    query, _ = start(frame, folder, trigger=None)
    try:
        while not any(p.numInputRows for p in query.recentProgress):
            query.awaitTermination(1)
        first = query.recentProgress[0]
        full = next(p for p in query.recentProgress if p.numInputRows)
        source = full.sources[0]
        answer.append(
            ["first", first.batchId, first.numInputRows, first.sources[0].startOffset]
        )
        rows = int(source.endOffset) - int(source.startOffset)
        answer.append(["rows", full.numInputRows == 10 * rows])
        answer.append([source.description])
    finally:
        query.stop()
    log = Path(folder, "query-checkpoint/sources/0/0")
    kept = log.read_text().split("\n")
    answer.append([kept[0], kept[1].isdigit(), len(kept)])
    return answer
