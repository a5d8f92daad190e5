"""Join: a Python function as a key and one in the condition."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 A, 3 c")
    pair.add("4 C, 5 a", "4 b")
    lower = f.udf(lambda text: text.lower(), "string")
    left = pair.left().withColumn("lk", lower("lk"))
    right = pair.right().withColumn("rk", lower("rk"))
    return run_batches(left.join(right, f.expr(NEAR)), folder)
