"""Join: a range that bounds one side only; the other side is kept for ever."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches

CASES = (
    ("inner", "rt >= lt"),
    ("inner", "rt <= lt + INTERVAL 5 MINUTES"),
    ("left_outer", "rt <= lt + INTERVAL 5 MINUTES"),
    ("right_outer", "rt >= lt - INTERVAL 5 MINUTES"),
    ("left_semi", "rt <= lt + INTERVAL 5 MINUTES"),
)


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 3 b", "2 a, 9 b")
    pair.add("20 a, 1 c", "19 a, 20 c")
    pair.add("40 b", "40 c")
    pair.add("41 c, 40 a", "41 b, 39 a")
    pair.add("90 z", "90 z")
    left, right = pair.left(), pair.right()
    answer = []
    for number, (kind, text) in enumerate(CASES):
        frame = left.join(right, f.expr(f"lk = rk AND {text}"), kind)
        answer += run_batches(frame, folder, name=f"case{number}")
    return answer
