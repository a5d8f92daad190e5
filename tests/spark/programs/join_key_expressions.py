"""Join: expressions as keys."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches

KEYS = (
    "upper(lk) = upper(rk)",
    "l % 3 = r % 3",
    "concat(lk, 'x') = concat(rk, 'x') AND l + 1 = r",
    "substring(lk, 1, 1) = rk",
    "coalesce(lk, 'none') = coalesce(rk, 'none')",
    "lk = rk AND lk = 'a'",
    "length(lk) = r",
)


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 B, 3 -", "2 a, 3 b")
    pair.add("4 Ab, 5 b", "4 -, 5 B, 6 A")
    left, right = pair.left(None), pair.right(None)
    answer = []
    for number, text in enumerate(KEYS):
        frame = left.join(right, f.expr(text)).select("lk", "l", "rk", "r")
        answer += run_batches(frame, folder, name=f"key{number}")
    return answer
