"""Chain: both sides made distinct, then joined."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 1 a, 2 b", "3 a, 3 a, 12 b")
    pair.add("1 a, 15 b", "3 a, 16 b")
    pair.add("40 a", "41 a")
    pair.add("42 a, 15 b", "43 a, 16 b, 41 a")
    pair.add("90 a", "90 a")
    left = pair.left().dropDuplicates(["lk", "lt"])
    right = pair.right().dropDuplicates(["rk", "rt"])
    answer = []
    for kind in ("inner", "left_outer", "full_outer"):
        frame = left.join(right, f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
