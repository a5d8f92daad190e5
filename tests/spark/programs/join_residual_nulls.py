"""Join: a condition that is null is no match."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 a", "2 a, 3 b, 3 a")
    pair.add("40 x", "40 x")
    pair.add("80 x", "80 x")
    left, right = pair.left(), pair.right()
    answer = []
    text = "CASE WHEN l = 1 THEN null WHEN r = 3 THEN false ELSE true END"
    for kind in ("inner", "left_outer", "full_outer"):
        frame = left.join(right, f.expr(f"{NEAR} AND {text}"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
