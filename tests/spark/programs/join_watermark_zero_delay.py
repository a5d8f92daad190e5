"""Join: with no delay at all, a row is late as soon as a later one is seen."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 a, 2 c")
    pair.add("2 a, 7 b", "2 b, 8 c")
    pair.add("7 d, 8 e", "7 d, 8 e")
    pair.add("7 d, 8 e, 20 f", "7 d, 8 e, 20 f")
    left, right = pair.left("0 seconds"), pair.right("0 seconds")
    return run_batches(left.join(right, f.expr(NEAR), "full_outer"), folder)
