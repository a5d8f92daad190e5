"""Deduplication: which output modes it goes with, and which columns."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    plain = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    marked = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes")
    frames = {
        "plain": plain.dropDuplicates(["k"]),
        "marked": marked.dropDuplicates(["k", "time"]),
        "within": marked.dropDuplicatesWithinWatermark(["k"]),
        "within plain": plain.dropDuplicatesWithinWatermark(["k"]),
        "within dropped": marked.select("k").dropDuplicatesWithinWatermark(["k"]),
        "after counts": plain.groupBy("k").count().dropDuplicates(["count"]),
        "after windows": marked.groupBy(window).count().dropDuplicates(["window"]),
        "before counts": plain.dropDuplicates(["k"]).groupBy("value").count(),
    }
    answer = [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        for mode in ("append", "update")
        if (name, mode) != ("after windows", "update")
    ]
    for columns in (["missing"], ["K"], []):
        frame = outcome(lambda c=columns: plain.dropDuplicates(c).schema)
        answer.append([columns, *frame])
    return answer
