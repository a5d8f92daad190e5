"""Join: a condition over both sides beside the keys, of each kind of join."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 a", "2 a, 3 b, 3 a")
    pair.add("4 a, 13 b", "5 a, 13 b")
    pair.add("40 x", "40 x")
    pair.add("80 x", "80 x")
    left, right = pair.left(), pair.right()
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        frame = left.join(right, f.expr(f"{NEAR} AND (l < r OR l = 4)"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
