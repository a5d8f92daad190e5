"""Join: of windows, by each kind of join."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 c", "4 a, 12 b")
    pair.add("13 b, 12 c", "3 b, 14 b, 15 d")
    pair.add("40 a", "41 b")
    pair.add("2 a, 42 b", "3 a, 43 c")
    pair.add("90 z", "90 z")
    left = pair.left().select(f.window("lt", "10 minutes").alias("w"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("w"), "rk", "r")
    answer = []
    for kind in ("inner", "right_outer", "full_outer", "left_semi"):
        frame = left.join(right, (left.w == right.w) & (left.lk == right.rk), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
