"""Chain: the first rows of a join, then none for ever."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    frame = pair.left().join(pair.right(), f.expr(NEAR)).select("l", "r").limit(3)
    pair.add("1 a", "3 a")
    pair.add("14 b", "16 b")
    pair.add("40 a", "41 a")
    answer = run_batches(frame, folder)
    pair.add("42 a", "44 b")
    return answer + run_batches(frame, folder)
