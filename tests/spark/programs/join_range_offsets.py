"""Join: ranges with offsets on either side, before and after."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches

RANGES = (
    "rt > lt + INTERVAL 3 MINUTES AND rt < lt + INTERVAL 8 MINUTES",
    "lt > rt + INTERVAL 3 MINUTES AND lt < rt + INTERVAL 8 MINUTES",
    "lt - INTERVAL 8 MINUTES < rt AND lt - INTERVAL 3 MINUTES > rt",
    "rt + INTERVAL 90 SECONDS >= lt - INTERVAL 1 MINUTE AND lt >= rt",
    "rt >= lt + INTERVAL -5 MINUTES AND rt <= lt - INTERVAL -5 MINUTES",
)


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("0 a, 10 a, 5 b", "4 a, 6 a, 7 a, 2 b")
    pair.add("12 a, 14 b, 20 c", "2 a, 21 a, 15 b")
    pair.add("32 c", "34 c")
    pair.add("40 d", "45 d")
    pair.add("80 e", "80 e")
    left, right = pair.left(), pair.right()
    answer = []
    for number, text in enumerate(RANGES):
        frame = left.join(right, f.expr(f"lk = rk AND {text}"), "left_outer")
        answer += run_batches(frame, folder, name=f"range{number}")
    return answer
