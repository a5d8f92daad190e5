"""State: which operators have state, in which stores, of which batches."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, k="a"))
    rows.add(*at(25, k="b"))
    read = rows.events(spark, "k STRING")
    short = read.groupBy(f.window("time", "10 minutes")).count()
    frames = {
        "counts": short,
        "chain": short.groupBy(f.window("window", "1 hour")).count(),
        "distinct": read.dropDuplicates(["time"]),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
        "both": read.dropDuplicates(["time"]).groupBy("time").count(),
        "sessions": read.groupBy("k", f.session_window("time", "5 minutes")).count(),
    }
    names = ("operatorId", "operatorName", "stateStoreName", "minBatchId", "maxBatchId")
    answer = []
    for name, frame in frames.items():
        run_batches(frame, folder, name=name)
        state = spark.read.format("state-metadata").load(f"{folder}/{name}-checkpoint")
        found = state.select(*names).collect()
        answer += [[name, *row] for row in sorted(map(list, found))]
    return answer
