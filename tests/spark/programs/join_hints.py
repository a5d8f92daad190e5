"""Join: hints are accepted and change nothing."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x", "60 x")
    answer = []
    for hint in ("broadcast", "merge", "shuffle_hash"):
        right = pair.right().hint(hint)
        frame = pair.left().join(right, f.expr(NEAR), "left_outer")
        answer += run_batches(frame, folder, name=hint)
    return answer
