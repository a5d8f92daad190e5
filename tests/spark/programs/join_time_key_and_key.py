"""Join: on equal event times and a key, the time not first."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c", "1 a, 2 c, 9 a")
    pair.add("9 a, 9 -, 12 a", "3 c, 12 b, 9 -")
    pair.add("30 a", "31 b")
    pair.add("60 z", "60 z")
    left, right = pair.left(), pair.right()
    answer = []
    for kind in ("inner", "left_outer", "right_outer"):
        frame = left.join(right, f.expr("lk = rk AND rt = lt"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
