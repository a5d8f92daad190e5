"""Join: semi, with conditions on one side or the other."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c, 4 a", "2 a, 3 b, 3 c")
    pair.add("12 a, 13 b", "12 a, 13 b, 1 c")
    pair.add("40 x", "40 x")
    left, right = pair.left(), pair.right()
    answer = []
    for number, text in enumerate(("l % 2 = 0", "r % 2 = 0", "l < r", "true")):
        frame = left.join(right, f.expr(f"{NEAR} AND {text}"), "left_semi")
        answer += run_batches(frame, folder, name=f"case{number}")
    return answer
