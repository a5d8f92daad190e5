"""Chain: late rows are dropped before a join, and counted there."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("50 a", "50 a")
    pair.add("51 a, 52 b", "51 a")
    pair.add("1 a, 41 b, 45 b", "39 a, 42 b, 1 c")
    pair.add("60 b, 10 c", "61 b")
    pair.add("48 b, 90 a", "49 b, 90 a")
    pair.add("130 a", "130 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    frame = joined.groupBy(f.window("lt", "10 minutes")).agg(f.count("*"), f.count("r"))
    return run_batches(frame, folder)
