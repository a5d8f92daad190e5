"""Join: each side with a delay of its own."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 30 b", "2 a, 20 c")
    pair.add("31 b, 1 x", "32 b, 1 y")
    pair.add("60 b, 12 x", "62 b, 12 y")
    pair.add("61 b, 40 x", "90 b, 40 y")
    answer = []
    for left, right in (("0 seconds", "30 minutes"), ("1 hour", "5 minutes")):
        frame = pair.left(left).join(pair.right(right), f.expr(NEAR), "full_outer")
        answer += run_batches(frame, folder, name=left)
    return answer
