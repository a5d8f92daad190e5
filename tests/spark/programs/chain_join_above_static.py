"""Chain: a stream joined with a table, then with another stream."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 c", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 d", "16 b, 15 d")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    names = spark.createDataFrame(
        [("a", "first"), ("b", "second")], "key STRING, name STRING"
    )
    answer = []
    for kind in ("inner", "left_outer"):
        left = pair.left().join(names, f.expr("lk = key"), kind)
        frame = left.join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
