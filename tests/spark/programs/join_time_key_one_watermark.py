"""Join: on equal event times, only one side of which has a watermark."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 a, 3 b")
    pair.add("3 a, 30 b", "30 a, 2 b")
    pair.add("2 c, 60 b", "60 a, 1 b, 2 d")
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        for side in ("left", "right"):
            left = pair.left("10 minutes" if side == "left" else None)
            right = pair.right("10 minutes" if side == "right" else None)
            frame = left.join(right, f.expr("lt = rt"), kind)
            answer += run_batches(frame, folder, name=f"{kind}-{side}")
    return answer
