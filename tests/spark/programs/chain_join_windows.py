"""Chain: an inner join on windows, counted by window."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a", "41 a")
    pair.add("42 a, 3 a", "43 a, 3 a")
    pair.add("90 a", "90 a")
    left = pair.left().select(f.window("lt", "10 minutes").alias("w"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("w"), "rk", "r")
    joined = left.join(right, (left.w == right.w) & (left.lk == right.rk))
    frame = joined.groupBy(left.w).agg(f.count("*"), f.sum("l"), f.max("r"))
    return run_batches(frame, folder)
