"""Join: on the ends of windows rather than the windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 9 b", "2 a, 18 b")
    pair.add("11 b, 12 a", "3 b, 13 a")
    pair.add("60 x", "60 x")
    pair.add("61 x", "61 x")
    left = pair.left().select(f.window("lt", "10 minutes").alias("lw"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("rw"), "rk", "r")
    frame = left.join(right, f.expr("lw.end = rw.end AND lk = rk"))
    return run_batches(frame.drop("lw", "rw"), folder)
