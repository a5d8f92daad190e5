"""Join: a left row comes once, with its first match on the right."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 1 a, 2 b, 3 c", "2 a, 3 a, 9 b, 4 d")
    pair.add("7 a, 12 d", "1 c, 2 c, 12 a, 12 d")
    pair.add("30 a", "31 a")
    pair.add("13 d, 33 b", "26 a, 16 d")
    pair.add("60 z", "60 y")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "left_semi")
    return run_batches(frame, folder)
