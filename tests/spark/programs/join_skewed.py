"""Join: one key with most of the rows."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    rows = [f"{n / 10} {'hot' if n % 2 else n % 30}" for n in range(300)]
    pair.add(", ".join(rows[:150]), ", ".join(rows[150:]))
    pair.add(", ".join(rows[150:]), ", ".join(rows[:150]))
    pair.add("60 x", "60 x")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "full_outer")
    frame = joined.where("(coalesce(l, 0) * 7 + coalesce(r, 0)) % 50 = 0")
    return run_batches(frame.select("l", "r"), folder)
