"""Chain: a left outer join of a left outer join, by ranges."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair, other = Pair(spark, folder), Pair(spark, folder, "other")
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 c")
    other.add("2 a, 14 b, 3 b")
    pair.add("14 b, 15 b", "16 b, 5 c")
    other.add("17 b")
    for minute in (40, 90, 130):
        pair.add(f"{minute} a", f"{minute} a")
        other.add(f"{minute} a")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer").drop("rt")
    third = other.left().selectExpr("lt AS tt", "lk AS tk", "l AS third")
    near = "lk = tk AND tt BETWEEN lt AND lt + INTERVAL 5 MINUTES"
    frame = joined.join(third, f.expr(near), "left_outer")
    return run_batches(frame, folder)
