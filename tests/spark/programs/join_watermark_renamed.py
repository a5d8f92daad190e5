"""Join: event times renamed and computed anew below the join."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 9 b", "2 a, 18 b")
    pair.add("11 b, 12 a", "3 b, 13 a")
    pair.add("60 x", "60 x")
    left = pair.left().selectExpr("lt AS shown", "lk AS k", "l")
    right = pair.right(None).selectExpr("rt - INTERVAL 1 MINUTE AS clicked", "rk", "r")
    right = right.withWatermark("clicked", "5 minutes")
    near = "k = rk AND clicked BETWEEN shown AND shown + INTERVAL 5 MINUTES"
    return run_batches(left.join(right, f.expr(near), "left_outer"), folder)
