"""Chain: the rows of a join joined with a table."""

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
        joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
        frame = joined.join(names, f.expr("lk = key"), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
