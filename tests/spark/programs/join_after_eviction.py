"""Join: rows that come when their partners are gone."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 14 c", "1 d, 2 e, 14 f")
    pair.add("30 x", "30 x")
    pair.add("", "")
    pair.add("19 e, 21 f, 20 d", "19 b, 21 c, 20 a")
    pair.add("31 d, 31 e", "31 a, 31 b")
    pair.add("90 x", "90 x")
    answer = []
    for kind in ("inner", "left_outer", "full_outer", "left_semi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
