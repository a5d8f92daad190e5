"""Join: rows on the bounds of a range, strict or not, and what is kept of them."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("0 a, 1 a, 2 a", "5 a, 6 a, 7 a")
    pair.add("16 b", "16 b")
    pair.add("17 b", "17 b")
    pair.add("1 a, 22 c", "6 a, 22 c")
    pair.add("23 c", "23 c")
    ranges = {
        "less": "rt < lt + INTERVAL 5 MINUTES AND rt > lt",
        "least": "rt <= lt + INTERVAL 5 MINUTES AND rt >= lt",
    }
    left, right = pair.left(), pair.right()
    answer = []
    for name, text in ranges.items():
        for kind in ("inner", "left_outer"):
            frame = left.join(right, f.expr(f"lk = rk AND {text}"), kind)
            answer += run_batches(frame, folder, name=f"{name}-{kind}")
    return answer
