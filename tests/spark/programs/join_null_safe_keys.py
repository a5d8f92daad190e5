"""Join: null keys that are equal by `<=>`."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 -, 2 b, - a", "2 -, 3 b, - a")
    pair.add("3 -, 14 -", "3 -, 4 c")
    pair.add("40 x, - x", "40 x, - x")
    pair.add("80 x", "80 x")
    left, right = pair.left(), pair.right()
    answer = []
    condition = f.expr(NEAR.replace("lk = rk", "lk <=> rk"))
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        frame = left.join(right, condition, kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
