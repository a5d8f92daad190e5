"""State: options that are wrong, miss each other or ask for what is not there."""

from tests.spark.streams import Input, outcome, run_batches

_FEED = {"readChangeFeed": "true", "changeStartBatchId": "0"}
_OPTIONS = [
    {"batchId": "-1"},
    {"batchId": "2"},
    {"operatorId": "-1"},
    {"operatorId": "3"},
    {"storeName": ""},
    {"joinSide": "both"},
    {"joinSide": "LEFT"},
    {"joinSide": "left"},
    {"joinSide": "left", "storeName": "some"},
    {"readChangeFeed": "true"},
    {**_FEED, "changeStartBatchId": "-1"},
    {**_FEED, "changeStartBatchId": "5"},
    {**_FEED, "changeStartBatchId": "1", "changeEndBatchId": "0"},
    {**_FEED, "changeEndBatchId": "5"},
    {**_FEED, "batchId": "1"},
    {**_FEED, "joinSide": "left"},
    {**_FEED, "snapshotStartBatchId": "1"},
    {**_FEED, "snapshotPartitionId": "0"},
    {"changeStartBatchId": "0"},
    {"changeEndBatchId": "0"},
    {"snapshotStartBatchId": "0"},
    {"snapshotPartitionId": "0"},
    {"snapshotStartBatchId": "-1", "snapshotPartitionId": "0"},
    {"snapshotStartBatchId": "0", "snapshotPartitionId": "-1"},
    {"snapshotStartBatchId": "1", "snapshotPartitionId": "0", "batchId": "0"},
    {"snapshotStartBatchId": "0", "snapshotPartitionId": "999"},
    {"stateVarName": "v"},
    {"readRegisteredTimers": "true"},
    {"readRegisteredTimers": "true", "stateVarName": "v"},
    {"flattenCollectionTypes": "maybe"},
    {"flattenCollectionTypes": "false", "JOINSIDE": "none", "STORENAME": " default "},
]


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    rows.add({"k": "b"})
    run_batches(rows.read(spark, "k STRING").groupBy("k").count(), folder, "update")
    path = f"{folder}/query-checkpoint"

    def read(options, given=path):
        reader = spark.read.format("statestore").options(**options)
        return lambda: reader.load(given).collect()

    answer = [[repr(each), *outcome(read(each))] for each in _OPTIONS]
    answer.append(["no path", *outcome(read({}, None))])
    answer.append(["path twice", *outcome(read({"path": path}))])
    answer.append(["nowhere", *outcome(read({}, f"{folder}/nowhere"))])
    for name in ("statestore", "state-metadata"):
        stream = spark.readStream.format(name)
        typed = spark.read.format(name).schema("a INT")
        answer += [
            [name, "stream", *outcome(lambda s=stream: s.load(path).schema)],
            [name, "schema", *outcome(lambda t=typed: t.load(path).schema)],
        ]
    return answer
