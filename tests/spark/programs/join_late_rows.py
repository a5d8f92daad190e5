"""Join: late rows of each side are dropped and counted, of every kind of join."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("50 a, 52 b", "50 a, 53 c")
    pair.add("51 a", "52 b")
    pair.add("1 x, 42 b, 43 b, 51 a", "2 x, 39 y, 42 y, 48 b")
    pair.add("60 a, 30 x", "61 b, 30 z")
    pair.add("52 b", "53 b")
    pair.add("99 a", "99 a")
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "full_outer", "left_semi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
