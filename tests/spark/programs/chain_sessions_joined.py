"""Chain: the sessions of one stream, joined with windows of another."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 5 a", "3 a, 4 a, 7 b")
    pair.add("8 b, 9 a", "10 b, 8 a")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    sessions = pair.left().groupBy(f.session_window("lt", "5 minutes").alias("s"), "lk")
    sessions = sessions.count()
    right = pair.right().select(
        f.session_window("rt", "5 minutes").alias("s"), "rk", "r"
    )
    return [*run_batches(sessions.join(right, "s"), folder)]
