"""Join: one batch a run, with all files that there are."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import ONCE, run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    left = pair.left(maxFilesPerTrigger=100)
    right = pair.right(maxFilesPerTrigger=100)
    frame = left.join(right, f.expr(NEAR), "full_outer")
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    answer = run_batches(frame, folder, trigger=ONCE)
    pair.add("60 x", "60 x")
    pair.add("1 a, 30 y", "31 y, 1 a")
    answer += run_batches(frame, folder, trigger=ONCE)
    return answer + run_batches(frame, folder, trigger=ONCE)
