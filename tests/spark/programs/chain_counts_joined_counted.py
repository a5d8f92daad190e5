"""Chain: counts of two streams, joined and summed over longer windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a, 3 a", "41 a")
    pair.add("62 a", "63 a")
    pair.add("130 a", "130 a")
    pair.add("190 a", "190 a")
    left = pair.left().groupBy(f.window("lt", "10 minutes").alias("w")).count()
    right = pair.right().groupBy(f.window("rt", "10 minutes").alias("w")).count()
    joined = left.join(right, left.w == right.w)
    joined = joined.select(
        left.w.alias("w"), (left["count"] * right["count"]).alias("n")
    )
    frame = joined.groupBy(f.window("w", "30 minutes")).agg(f.sum("n"), f.count("*"))
    return run_batches(frame, folder)
