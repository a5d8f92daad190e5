"""Join: columns that nobody asks for, and none at all."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x", "60 x")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    frames = {
        "one": joined.select("r"),
        "made": joined.selectExpr("l * 10 + coalesce(r, 0) AS n", "lk || rk AS k"),
        "literal": joined.selectExpr("1 AS one"),
    }
    answer = []
    for name, frame in frames.items():
        answer += run_batches(frame, folder, name=name)
    return answer
