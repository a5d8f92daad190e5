"""Join: a range over a time that has no watermark bounds nothing."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 b")
    pair.add("60 c, 61 a", "61 c, 1 a")
    pair.add("62 c", "60 c, 2 b")
    left = pair.left().withColumn("made", f.expr("lt + INTERVAL 1 MINUTE"))
    near = "lk = rk AND rt BETWEEN made - INTERVAL 2 MINUTES AND made"
    return run_batches(left.join(pair.right(), f.expr(near)), folder)
