"""State: the keys that a deduplication has seen and not forgotten."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(12, k="b"))
    rows.add(*at(24, k="c"))
    read = rows.events(spark, "k STRING")
    frames = {
        "key": read.dropDuplicates(["k"]),
        "time": read.dropDuplicates(["k", "time"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
    }
    answer = []
    for name, frame in frames.items():
        run_batches(frame, folder, name=name)
        state = spark.read.format("statestore").load(f"{folder}/{name}-checkpoint")
        found = state.selectExpr("key.*").collect()
        answer.append([name, sorted(map(list, found), key=repr)])
    return answer
