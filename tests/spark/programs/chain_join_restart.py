"""Chain: a join and windows above it, started anew for each batch."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches

BATCHES = (
    ("1 a, 2 b, 11 a", "3 a, 4 a, 12 b"),
    ("14 b, 15 b", "16 b, 5 b"),
    ("40 a", "41 a"),
    ("42 a, 3 a", "43 a, 3 a"),
    ("90 a", "90 a"),
)


def run(spark, folder):
    pair = Pair(spark, folder)
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    frame = joined.groupBy(f.window("lt", "10 minutes"), "lk").agg(f.count("r"))
    answer = []
    for left, right in BATCHES:
        pair.add(left, right)
        answer += run_batches(frame, folder)
    return answer
