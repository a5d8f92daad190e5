"""Join: unions of streams on each side."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    one, two = Pair(spark, folder, "one"), Pair(spark, folder, "two")
    one.add("1 a, 2 b", "2 a, 3 c")
    two.add("1 b, 2 c", "3 b, 4 d")
    one.add("40 a, 41 b", "42 a")
    two.add("50 b", "60 d")
    left = one.left().union(two.left("20 minutes"))
    right = one.right().union(two.right())
    return run_batches(left.join(right, f.expr(NEAR), "full_outer"), folder)
