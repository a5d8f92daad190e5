"""Join: a left row that fails its own part of ON comes at once, and is not kept."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c, 4 a", "2 a, 3 b, 3 c")
    pair.add("12 a, 13 b", "12 a, 13 b")
    pair.add("40 x", "40 x")
    pair.add("1 a, 80 x", "80 x")
    left, right = pair.left(), pair.right()
    frame = left.join(right, f.expr(f"{NEAR} AND l % 2 = 0"), "left_outer")
    return run_batches(frame, folder)
