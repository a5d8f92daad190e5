"""Chain: an inner join by a range, counted in windows of either side's time."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("14 b, 15 b", "16 b, 5 b")
    pair.add("40 a", "41 a")
    pair.add("42 a, 3 a", "43 a, 3 a")
    pair.add("90 a", "90 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR))
    answer = []
    for time in ("lt", "rt"):
        window = f.window(time, "10 minutes")
        frame = joined.groupBy(window, "lk").agg(f.count("*"), f.sum("l"), f.sum("r"))
        answer += run_batches(frame, folder, name=time)
    return answer
