"""Join: one range, written in several ways."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches

RANGES = (
    "rt >= lt AND rt <= lt + INTERVAL 1 HOUR",
    "lt <= rt AND rt - INTERVAL 1 HOUR <= lt",
    "rt BETWEEN lt AND lt + INTERVAL 60 MINUTES",
    "lt - rt <= INTERVAL 0 SECONDS AND rt - lt <= INTERVAL 1 HOUR",
    "NOT (rt < lt) AND NOT (rt - INTERVAL 1 HOUR > lt)",
    "lt + INTERVAL 30 MINUTES >= rt - INTERVAL 30 MINUTES AND lt <= rt",
)


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("0 a, 1 b", "59 a, 1 b")
    pair.add("90 c", "80 a, 61 b")
    pair.add("140 d", "140 d")
    pair.add("150 d", "150 d")
    left, right = pair.left(), pair.right()
    answer = []
    for number, text in enumerate(RANGES):
        frame = left.join(right, f.expr(f"lk = rk AND {text}"))
        answer += run_batches(frame, folder, name=f"range{number}")
    return answer
