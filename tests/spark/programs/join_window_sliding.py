"""Join: sliding windows, so that a row is in several of them."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 7 a", "4 a, 12 b")
    pair.add("13 b", "9 a")
    pair.add("40 a", "41 a")
    pair.add("70 z", "70 z")
    sliding = ("10 minutes", "5 minutes")
    left = pair.left().select(f.window("lt", *sliding).alias("w"), "lk", "l")
    right = pair.right().select(f.window("rt", *sliding).alias("w"), "rk", "r")
    left = left.withColumnRenamed("lk", "k")
    right = right.withColumnRenamed("rk", "k")
    answer = []
    for kind in ("inner", "left_outer", "full_outer"):
        answer += run_batches(left.join(right, ["w", "k"], kind), folder, name=kind)
    return answer
