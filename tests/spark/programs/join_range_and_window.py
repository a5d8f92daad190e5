"""Join: on windows without a watermark and a range beside them."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 9 b, 3 c", "2 a, 8 b, 12 c")
    pair.add("11 b, 12 a", "13 b, 3 c")
    pair.add("60 x", "60 x")
    made = "window({}t + INTERVAL 0 SECONDS, '10 minutes') AS {}w"
    left = pair.left().selectExpr("*", made.format("l", "l"))
    right = pair.right().selectExpr("*", made.format("r", "r"))
    condition = "lw = rw AND lk = rk AND rt <= lt + INTERVAL 5 MINUTES AND rt >= lt"
    frame = left.join(right, f.expr(condition), "left_outer")
    return run_batches(frame.drop("lw", "rw"), folder)
