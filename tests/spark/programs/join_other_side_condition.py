"""Join: a condition on the side that is not kept whole filters before the join."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c, 4 a", "2 a, 3 b, 3 c")
    pair.add("12 a, 13 b", "12 a, 13 b")
    pair.add("40 x", "40 x")
    pair.add("80 x", "80 x")
    left, right = pair.left(), pair.right()
    answer = []
    for kind, text in (("left_outer", "r > 1"), ("right_outer", "l > 1")):
        frame = left.join(right, f.expr(f"{NEAR} AND {text}"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
