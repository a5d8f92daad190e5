"""Join: inner with watermarks and no condition on time keeps every row."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("60 a", "60 c")
    pair.add("3 c, 61 c", "4 b, 61 a")
    frame = pair.left().join(pair.right(), f.expr("lk = rk"))
    return run_batches(frame, folder)
