"""Refused: state of operators, stores and batches that are not there."""

from tests.spark.streams import Input, outcome, run_batches


def run(spark, folder):
    def read(path, **options):
        return spark.read.format("statestore").options(**options).load(path)

    rows = Input(folder)
    rows.add({"k": "a"})
    run_batches(rows.read(spark, "k STRING").groupBy("k").count(), folder, "update")
    run_batches(rows.read(spark, "k STRING"), folder, name="stateless")
    path = f"{folder}/query-checkpoint"
    options = [
        {"batchId": 7},
        {"batchId": -1},
        {"operatorId": 3},
        {"operatorId": -1},
        {"joinSide": "left"},
        {"joinSide": "up"},
    ]
    answer = [
        [chosen, *outcome(lambda c=chosen: read(path, **c).collect())]
        for chosen in options
    ]
    for place in (f"{folder}/nowhere", f"{folder}/stateless-checkpoint", folder):
        answer.append(outcome(lambda p=place: read(p).collect()))
    return [*answer, outcome(lambda: spark.read.format("statestore").load().collect())]
