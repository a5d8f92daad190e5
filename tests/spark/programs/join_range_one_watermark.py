"""Join: a range with a watermark on one side only."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches

CASES = (
    ("inner", "left"),
    ("inner", "right"),
    ("left_outer", "right"),
    ("right_outer", "left"),
    ("full_outer", "left"),
    ("full_outer", "right"),
    ("left_semi", "right"),
)


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 3 b", "2 a, 9 b")
    pair.add("30 a, 1 c", "29 a, 2 c")
    pair.add("60 b, 2 b, 30 a", "60 c, 3 a, 31 a")
    pair.add("90 b, 1 x", "90 c, 1 y")
    answer = []
    for number, (kind, side) in enumerate(CASES):
        left = pair.left("10 minutes" if side == "left" else None)
        right = pair.right("10 minutes" if side == "right" else None)
        frame = left.join(right, f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=f"case{number}")
    return answer
