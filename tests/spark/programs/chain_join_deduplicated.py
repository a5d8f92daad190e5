"""Chain: the rows of a join, made distinct by one side's key and time."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("1 a, 15 b", "16 b, 5 b, 2 a")
    pair.add("40 a", "41 a")
    pair.add("42 a, 3 a", "43 a, 3 a")
    pair.add("90 a", "90 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR)).drop("l", "r", "rt")
    return [
        *run_batches(joined.dropDuplicates(["lk", "lt"]), folder, name="keys"),
        *run_batches(joined.dropDuplicates(), folder, name="rows"),
        *run_batches(joined.dropDuplicates(["lk"]), folder, name="for_ever"),
    ]
