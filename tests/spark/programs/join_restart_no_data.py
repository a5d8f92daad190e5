"""Join: the batch without data that was due comes first after a restart."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import ONCE, run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    frame = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    pair.add("1 a, 2 b", "1 a")
    answer = run_batches(frame, folder, trigger=ONCE)
    pair.add("60 a", "60 c")
    answer += run_batches(frame, folder, trigger=ONCE)
    answer += run_batches(frame, folder, trigger=ONCE)
    pair.add("3 a, 61 c", "62 c")
    answer += run_batches(frame, folder)
    return answer + run_batches(frame, folder)
