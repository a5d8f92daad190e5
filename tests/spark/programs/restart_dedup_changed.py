"""Restart: other columns of a deduplication are refused by name."""

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    read = rows.events(spark, "k STRING")
    answer = run_batches(read.dropDuplicates(["k"]), folder)
    rows.add(*at(2, 3, k="b"))
    changes = {
        "another": read.dropDuplicates(["value"]),
        "one more": read.dropDuplicates(["k", "value"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
        "counts": read.groupBy("k", "time").count(),
    }
    for name, frame in changes.items():
        answer.append([name, *failure(frame, folder)])
    return answer + run_batches(read.dropDuplicates(["k"]).select("k", "time"), folder)
