"""Refused or not: a watermark above another, found out when a batch has one."""

from pathlib import Path

from pyspark.sql import functions as f

from tests.spark.streams import (
    Input,
    at,
    batches,
    finish,
    outcome,
    setting,
    start,
)


def logged(folder, name, log):
    return len(list(Path(folder, f"{name}-checkpoint", log).glob("[0-9]*")))


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"))
    rows.add(*at(30, k="b"))
    rows.add(*at(60, k="a"))
    marked = rows.events(spark, "k STRING")
    again = marked.withWatermark("time", "5 minutes")
    window = f.window("time", "10 minutes")
    counts = marked.groupBy(window).count()
    later = counts.select(f.window_time("window").alias("time"), "count")
    frames = {
        "windows": again.groupBy(window).count(),
        "rows": again.select("time", "k"),
        "distinct": again.dropDuplicates(["k"]),
        "counts": later.withWatermark("time", "1 minute").groupBy("time").count(),
    }
    answer = []
    for key, value in (
        ("statefulOperator.checkCorrectness.enabled", "true"),
        ("statefulOperator.checkCorrectness.enabled", "false"),
        ("noDataMicroBatches.enabled", "false"),
        ("statefulOperator.allowMultiple", "false"),
    ):
        for number, (name, frame) in enumerate(frames.items()):
            checkpoint = f"{key}-{value}-{number}"
            with setting(spark, f"spark.sql.streaming.{key}", value):
                try:
                    query, kept = start(frame, folder, name=checkpoint)
                except Exception as error:
                    answer.append([key, value, name, "refused", error.getCondition()])
                    continue
                ended = outcome(lambda query=query: finish(query))
            logs = [logged(folder, checkpoint, n) for n in ("offsets", "commits")]
            found = [row for row in batches(query, kept) if row[0] == "batch"]
            answer.append([key, value, name, ended, logs, found])
    return answer
