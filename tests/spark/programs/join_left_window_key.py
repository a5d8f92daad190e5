"""Join: left outer on windows and a key; rows come when their window is over."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 -, - a", "4 a, 12 b, 5 -, - a")
    pair.add("13 b, 12 c", "3 b, 14 b")
    pair.add("40 a", "41 b")
    pair.add("2 a, 42 b", "3 a, 43 c")
    pair.add("90 z", "90 z")
    left = pair.left().select(f.window("lt", "10 minutes").alias("lw"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("rw"), "rk", "r")
    frame = left.join(right, f.expr("lw = rw AND lk = rk"), "left_outer")
    return run_batches(frame, folder)
