"""Join: using a window alone, of each kind."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "4 a, 12 b")
    pair.add("13 b", "30 b")
    pair.add("40 a", "41 b")
    left = pair.left().select(f.window("lt", "10 minutes").alias("w"), "l")
    right = pair.right().select(f.window("rt", "10 minutes").alias("w"), "r")
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        answer += run_batches(left.join(right, "w", kind), folder, name=kind)
    return answer
