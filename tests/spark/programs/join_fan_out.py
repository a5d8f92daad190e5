"""Join: one key with a hundred rows on each side."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    many = ", ".join(["1 a"] * 100)
    pair.add(many, many)
    pair.add("2 a", many)
    pair.add("30 b", "30 b")
    pair.add("3 a", "3 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR))
    frame = joined.where("l % 20 = 1 AND r % 25 = 1").select("l", "r")
    return run_batches(frame, folder)
