"""Chain: one side with each key once within the watermark's delay, then joined."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 3 a, 2 b", "3 a, 12 b")
    pair.add("4 a, 15 b", "3 a, 16 b")
    pair.add("40 a", "41 a")
    pair.add("42 a, 55 b", "43 a, 56 b")
    pair.add("90 a", "90 a")
    left = pair.left().dropDuplicatesWithinWatermark(["lk"])
    frame = left.join(pair.right(), f.expr(NEAR), "left_outer")
    return run_batches(frame, folder)
