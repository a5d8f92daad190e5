"""Progress: batches whose rows are all filtered, late or null."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(30))
    rows.add(*at(1, 2, 2))
    rows.add({"value": 1}, {"value": None})
    rows.add({"time": "2026-03-06T10:31:00Z", "value": None})
    read = rows.events(spark).where("value IS NOT NULL")
    frames = {
        "windows": read.groupBy(f.window("time", "10 minutes")).count(),
        "times": read.groupBy("time").count(),
        "distinct": read.dropDuplicates(["time"]),
    }
    answer = []
    for name, frame in frames.items():
        answer += run_batches(frame, folder, "append", name=name)
    return answer
