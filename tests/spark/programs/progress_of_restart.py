"""Progress: numbers of the first batch after a restart."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, finish, progress, start


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 30, k="a"))
    read = rows.events(spark, "k STRING")
    frames = {
        "windows": read.groupBy(f.window("time", "10 minutes")).count(),
        "keys": read.groupBy("k").count(),
    }
    answer = []
    for _ in range(2):
        for name, frame in frames.items():
            query, _ = start(frame, folder, "update", name)
            finish(query)
            answer += [name, *progress(query)]
        rows.add(*at(3, 60, k="b"))
    return answer
