"""Chain: one side made distinct, joined and counted in windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 1 a, 2 b", "3 a, 3 a, 12 b")
    pair.add("1 a, 15 b", "3 a, 16 b")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    left = pair.left().dropDuplicates(["lk", "lt"])
    joined = left.join(pair.right(), f.expr(NEAR))
    frame = joined.groupBy(f.window("lt", "5 minutes")).count()
    return run_batches(frame, folder)
