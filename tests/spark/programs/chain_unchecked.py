"""Refused or not: two steps with the check of correctness switched off."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    marked = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes")
    frames = {
        "windows": marked.groupBy(window, "k").count().groupBy("window").count(),
        "to key": marked.groupBy(window, "k").count().groupBy("k").count(),
        "distinct first": marked.dropDuplicates(["k", "time"]).groupBy(window).count(),
    }
    answer = []
    for key in (
        "statefulOperator.checkCorrectness.enabled",
        "unsupportedOperationCheck",
    ):
        with setting(spark, f"spark.sql.streaming.{key}", "false"):
            answer += [
                [key, name, mode, *accepted(frame, folder, mode)]
                for name, frame in frames.items()
                for mode in ("append", "update", "complete")
                if (name, mode) != ("to key", "append")
            ]
    return answer
