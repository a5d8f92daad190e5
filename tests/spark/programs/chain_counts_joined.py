"""Chain: the counts of two streams, joined by window."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a, 3 a", "41 a")
    pair.add("62 a, 63 b", "63 a")
    pair.add("90 a", "90 a")
    pair.add("130 a", "130 a")
    window = "10 minutes"
    left = pair.left().groupBy(f.window("lt", window).alias("w"), "lk")
    left = left.agg(f.count("*").alias("lefts"))
    right = pair.right().groupBy(f.window("rt", window).alias("w"), "rk")
    right = right.agg(f.count("*").alias("rights"))
    condition = (left.w == right.w) & (left.lk == right.rk)
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer"):
        frame = left.join(right, condition, kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
