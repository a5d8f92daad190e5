"""Join: a left row of a semi join is kept only until its first match."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 1 b, 1 c, 1 c", "1 a")
    pair.add("2 a", "1 b, 2 b, 2 a")
    pair.add("3 b, 3 c", "3 a")
    pair.add("", "4 c, 4 c")
    pair.add("", "4 c")
    near = "lk = rk AND rt BETWEEN lt - INTERVAL 1 HOUR AND lt + INTERVAL 1 HOUR"
    frame = pair.left().join(pair.right(), f.expr(near), "left_semi")
    return run_batches(frame, folder)
