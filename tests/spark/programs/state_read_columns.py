"""State: the columns that reading it gives, and their types."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    read = rows.events(spark, "k STRING")
    frames = {
        "counts": read.groupBy("k", "value").agg(f.avg("value"), f.max("k")),
        "windows": read.groupBy(f.window("time", "10 minutes")).agg(f.sum("value")),
        "global": read.selectExpr("count(*)", "max(k)"),
        "distinct": read.dropDuplicates(["k"]),
        "within": read.dropDuplicatesWithinWatermark(["k", "value"]),
    }
    answer = []
    for name, frame in frames.items():
        run_batches(frame, folder, "update", name=name)
        state = spark.read.format("statestore").load(f"{folder}/{name}-checkpoint")
        answer += [[name, column, kind] for column, kind in state.dtypes]
    return answer
