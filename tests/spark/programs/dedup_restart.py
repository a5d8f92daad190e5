"""Deduplication: what was seen before a restart is seen."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(12, k="b"))
    read = rows.events(spark, "k STRING")
    frames = {
        "key": read.dropDuplicates(["k"]),
        "time": read.dropDuplicates(["k", "time"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
    }
    answer = [run_batches(frame, folder, name=name) for name, frame in frames.items()]
    rows.add(*at(3, 13, k="a"), *at(12, 40, k="b"))
    answer += [run_batches(frame, folder, name=name) for name, frame in frames.items()]
    rows.add(*at(39, 41, k="a"), *at(40, k="b"))
    return answer + [
        run_batches(frame, folder, name=name) for name, frame in frames.items()
    ]
