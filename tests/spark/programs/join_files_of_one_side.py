"""Join: one side has more files than the other."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a")
    pair.add_left("3 a")
    pair.add_left("30 a")
    pair.add_left("60 a")
    answer = []
    for kind in ("inner", "left_outer", "left_semi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    pair.add_right("3 b, 29 c")
    pair.add_right("61 a")
    for kind in ("inner", "left_outer", "left_semi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
