"""Chain: a join, counted in sessions."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 5 a", "3 a, 4 a, 7 b")
    pair.add("8 b, 9 a", "10 b, 8 a")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR))
    frame = joined.groupBy(f.session_window("lt", "3 minutes"), "lk").count()
    return run_batches(frame, folder)
