"""Chain: streams with different watermarks united, then joined."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair, other = Pair(spark, folder), Pair(spark, folder, "other")
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    other.add("2 a, 14 b")
    pair.add("40 b, 15 b", "46 b, 5 b")
    other.add("17 b")
    pair.add("90 b", "90 b")
    other.add("90 a")
    left = pair.left("5 minutes").union(other.left("30 minutes"))
    frame = left.join(pair.right(), f.expr(NEAR), "left_outer")
    return run_batches(frame, folder)
