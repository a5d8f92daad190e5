"""Chain: the rows of two joins united, and counted."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    one, two = Pair(spark, folder, "one"), Pair(spark, folder, "two")
    one.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    two.add("2 a, 14 b", "15 b")
    one.add("40 b", "46 b, 5 b")
    two.add("41 b", "40 b")
    one.add("90 b", "90 b")
    two.add("90 a", "91 a")
    joined = [pair.left().join(pair.right(), f.expr(NEAR)) for pair in (one, two)]
    united = joined[0].union(joined[1])
    counted = united.groupBy(f.window("lt", "10 minutes")).count()
    return [
        *run_batches(united, folder, name="rows"),
        *run_batches(counted, folder, name="counted"),
    ]
