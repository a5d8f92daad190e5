"""Chain: a join of sides with different delays, counted by either time."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("50 b", "60 b")
    pair.add("90 a", "91 a")
    pair.add("130 a", "130 a")
    near = "lk = rk AND rt BETWEEN lt AND lt + INTERVAL 20 MINUTES"
    left, right = pair.left("0 seconds"), pair.right("15 minutes")
    joined = left.join(right, f.expr(near))
    answer = []
    for time in ("lt", "rt"):
        frame = joined.groupBy(f.window(time, "10 minutes")).count()
        answer += run_batches(frame, folder, name=time)
    return answer
