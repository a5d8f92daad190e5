"""Chain: a semi join, counted in windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b, 15 a")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    pair.add("130 a", "130 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_semi")
    frame = joined.groupBy(f.window("lt", "10 minutes"), "lk").count()
    return run_batches(frame, folder)
