"""Chain: rows joined with counts by a range over the time of their windows."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a", "41 a")
    pair.add("90 a", "90 a")
    pair.add("130 a", "130 a")
    counts = pair.left().groupBy(f.window("lt", "10 minutes"), "lk").count()
    counts = counts.select(f.window_time("window").alias("ended"), "lk", "count")
    near = "lk = rk AND rt BETWEEN ended - INTERVAL 10 MINUTES AND ended"
    return run_batches(counts.join(pair.right(), f.expr(near), "left_outer"), folder)
