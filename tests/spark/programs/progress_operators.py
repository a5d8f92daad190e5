"""Progress: the name and numbers of each kind of operator."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, finish, progress, start


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(1, k="b"))
    rows.add(*at(40, k="a"), *at(3, k="b"))
    rows.add(*at(2, 41, k="b"), *at(42, k=None))
    read = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes")
    frames = {
        "windows": read.groupBy(window).count(),
        "sessions": read.groupBy("k", f.session_window("time", "5 minutes")).count(),
        "distinct": read.dropDuplicates(["k", "time"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
        "both": read.dropDuplicates(["k", "time"]).groupBy(window).count(),
        "rows": read,
    }
    answer = []
    for name, frame in frames.items():
        query, _ = start(frame, folder, "append", name)
        finish(query)
        answer += [name, *progress(query)]
    return answer
