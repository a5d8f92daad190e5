"""Chain: three streams, joined on windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair, other = Pair(spark, folder), Pair(spark, folder, "other")
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    other.add("2 a, 14 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    other.add("1 b")
    for minute in (40, 90, 130):
        pair.add(f"{minute} a", f"{minute} a")
        other.add(f"{minute} a")
    left = pair.left().select(f.window("lt", "10 minutes").alias("w"), "lk", "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("w"), "rk", "r")
    third = other.left().select(
        f.window("lt", "10 minutes").alias("w"), f.col("l").alias("third")
    )
    answer = []
    for kind in ("inner", "left_outer"):
        joined = left.join(right, ["w"], kind)
        frame = joined.join(third, ["w"], kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
