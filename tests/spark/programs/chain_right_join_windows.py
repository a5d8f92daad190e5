"""Chain: a right outer join on windows, counted by the window of the right."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    pair.add("130 a", "130 a")
    left = pair.left().select(f.window("lt", "10 minutes").alias("w"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("w"), "rk", "r")
    joined = left.join(right, "w", "right_outer")
    frame = joined.groupBy("w", "rk").agg(f.count("l"), f.count("r"))
    return run_batches(frame, folder)
