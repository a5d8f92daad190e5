"""Windows: of two streams with different columns, by name."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 12, k="l"))
    right.add(*at(2, 33))
    left.add(*at(40, k="l"))
    right.add(*at(4, 41))
    both = left.events(spark, "k STRING").unionByName(
        right.events(spark), allowMissingColumns=True
    )
    frame = both.groupBy(f.window("time", "10 minutes"), "k").agg(f.sum("value"))
    return run_batches(frame, folder)
