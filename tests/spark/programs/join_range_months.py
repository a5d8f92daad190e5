"""Join: a range of months bounds no state."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 b")
    pair.add("90000 c", "90001 c")
    pair.add("90002 c", "90002 c")
    near = "lk = rk AND rt BETWEEN lt AND lt + INTERVAL 1 MONTH"
    return run_batches(pair.left().join(pair.right(), f.expr(near)), folder)
