"""Chain: deduplicated, counted, counted again; a run for each file."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    once = rows.events(spark, "k STRING").dropDuplicates(["time", "k"])
    short = once.groupBy(f.window("time", "5 minutes"), "k").count()
    long = short.groupBy(f.window("window", "20 minutes")).agg(
        f.sum("count"), f.max("k")
    )
    answer = []
    for minutes, key in [
        ((1, 1, 7), "a"),
        ((31, 1), "b"),
        ((33, 60), "a"),
        ((2,), "a"),
    ]:
        rows.add(*at(*minutes, k=key))
        answer.append(run_batches(long, folder))
    rows.add(*at(120, k="c"))
    return [*answer, *run_batches(long, folder)]
