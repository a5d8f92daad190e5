"""Chain: the counts of two streams, joined using the window's name."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a, 3 a", "41 a")
    pair.add("90 a", "90 a")
    left = pair.left().groupBy(f.window("lt", "10 minutes")).agg(f.sum("l"))
    right = pair.right().groupBy(f.window("rt", "10 minutes")).agg(f.sum("r"))
    return run_batches(left.join(right, "window"), folder)
