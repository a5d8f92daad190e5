"""Join: restarted with other delays of the watermarks."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    answer = []
    for minute, delay in ((1, "10 minutes"), (30, "1 hour"), (60, "1 minute")):
        pair.add(f"{minute} a, {minute + 1} b", f"{minute} a, {minute + 2} c")
        left, right = pair.left(delay), pair.right(delay)
        frame = left.join(right, f.expr(NEAR), "full_outer")
        answer += run_batches(frame, folder)
    return answer
