"""Join: inner without watermarks keeps every row for ever."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "")
    pair.add("", "90 a")
    pair.add("500 b, 1 a", "2 b")
    pair.add("- c, 3 -", "- c, 3 -")
    frame = pair.left(None).join(pair.right(None), f.expr("lk = rk"))
    return run_batches(frame, folder)
