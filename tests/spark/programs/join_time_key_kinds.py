"""Join: on equal event times, by each kind of join."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c", "1 a, 2 c, 9 a")
    pair.add("9 d, 9 e, 12 a", "3 x, 12 b, 12 c")
    pair.add("30 a", "31 b")
    pair.add("31 b", "30 a, 12 x")
    pair.add("60 z", "60 z")
    left, right = pair.left(), pair.right()
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        frame = left.join(right, f.expr("lt = rt"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
