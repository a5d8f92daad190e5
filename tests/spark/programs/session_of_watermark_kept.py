"""Sessions: their struct carries the watermark, its end on its own does not."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    sessions = (
        rows.events(spark, "k STRING")
        .groupBy("k", f.session_window("time", "5 minutes").alias("s"))
        .count()
    )
    frames = {
        "struct": sessions.groupBy("s").count(),
        "end": sessions.groupBy("s.end").count(),
        "time": sessions.groupBy(f.window_time("s").alias("t")).count(),
        "window": sessions.groupBy(f.window("s", "1 hour")).count(),
        "key": sessions.groupBy("k").count(),
        "duplicates": sessions.dropDuplicates(["s"]),
    }
    return [
        [name, *accepted(frame, folder, "append")] for name, frame in frames.items()
    ]
