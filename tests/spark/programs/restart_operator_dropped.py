"""Restart: state that no operator takes up is refused."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30, k="a"))
    read = rows.events(spark, "k STRING")
    counted = read.groupBy(f.window("time", "10 minutes"), "k").count()
    answer = run_batches(counted, folder)
    rows.add(*at(31, k="b"))
    changes = {
        "rows": read,
        "distinct": read.dropDuplicates(["k", "time"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
        "sessions": read.groupBy("k", f.session_window("time", "1 minute")).count(),
        "two": counted.groupBy("window").count(),
    }
    for name, frame in changes.items():
        answer.append([name, *failure(frame, folder)])
    return answer + run_batches(counted, folder)
