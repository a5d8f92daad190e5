"""Join: all rows of both sides in one batch."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add(
        "1 a, 2 b, 20 a, 21 c, 90 a, 91 d",
        "3 a, 4 a, 19 a, 22 d, 89 a, 95 e",
    )
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
