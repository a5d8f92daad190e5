"""Join: stopped and started again after each batch, of each kind."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches

BATCHES = (
    ("1 a, 2 b, 3 c", "2 a, 9 b, 4 d"),
    ("7 a, 12 d", "1 c, 12 a, 12 d"),
    ("30 a", "31 a"),
    ("13 d, 33 b", "26 a, 16 d"),
    ("60 z", "60 y"),
)


def run(spark, folder):
    pair = Pair(spark, folder)
    answer = []
    for left, right in BATCHES:
        pair.add(left, right)
        for kind in ("inner", "left_outer", "full_outer", "left_semi"):
            frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
            answer += run_batches(frame, folder, name=kind)
    return answer
