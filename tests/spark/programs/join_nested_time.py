"""Join: keys and times inside of structs."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x", "60 x")
    left = pair.left().select("lt", f.struct("lk", "l").alias("left"))
    right = pair.right().select("rt", f.struct("rk", "r").alias("right"))
    near = "left.lk = right.rk AND rt BETWEEN lt AND lt + INTERVAL 3 MINUTES"
    return run_batches(left.join(right, f.expr(near), "left_outer"), folder)
