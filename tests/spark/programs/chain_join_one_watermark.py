"""Chain: a join with one watermark, counted in windows of its time."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("50 b", "60 b, 1 a")
    pair.add("90 a", "91 a, 11 a")
    pair.add("130 a", "130 a")
    joined = pair.left().join(pair.right(None), f.expr(NEAR))
    frame = joined.groupBy(f.window("lt", "10 minutes")).count()
    return run_batches(frame, folder)
