"""Join: rows that are alike each match, and each come as outer rows."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 1 a, 1 a, 2 z, 2 z", "1 a, 1 a, 2 y, 2 y")
    pair.add("1 a", "1 a, 1 a")
    pair.add("40 x", "40 x")
    pair.add("80 x", "80 x")
    left, right = pair.left().drop("l"), pair.right().drop("r")
    answer = []
    for kind in ("inner", "left_outer", "full_outer", "left_semi"):
        frame = left.join(right, f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
