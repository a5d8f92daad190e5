"""Chain: the counts of one stream, joined with the rows of another."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a, 3 a", "41 a")
    pair.add("62 a", "63 a")
    pair.add("90 a", "90 a")
    pair.add("130 a", "130 a")
    counts = pair.left().groupBy(f.window("lt", "10 minutes").alias("w"), "lk").count()
    rows = pair.right().select(f.window("rt", "10 minutes").alias("w"), "rk", "r")
    condition = (counts.w == rows.w) & (counts.lk == rows.rk)
    answer = []
    for kind in ("inner", "right_outer", "left_outer"):
        frame = rows.join(counts, condition, kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
