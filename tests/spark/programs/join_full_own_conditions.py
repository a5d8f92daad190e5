"""Join: full outer, with conditions on either side alone."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c, 4 a", "2 a, 3 b, 3 c")
    pair.add("12 a, 13 b", "12 a, 13 b")
    pair.add("40 x", "40 x")
    pair.add("80 x", "80 x, 1 a")
    left, right = pair.left(), pair.right()
    condition = f.expr(f"{NEAR} AND l % 2 = 0 AND r <> 3")
    return run_batches(left.join(right, condition, "full_outer"), folder)
