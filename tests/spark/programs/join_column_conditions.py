"""Join: conditions made of the columns of two data frames."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x", "60 x")
    left, right = pair.left(), pair.right()
    conditions = {
        "list": [left.lk == right.rk, right.rt >= left.lt],
        "and": (left["lk"] == right["rk"])
        & (right["rt"] >= left["lt"])
        & (right["rt"] <= left["lt"] + f.expr("INTERVAL 3 MINUTES")),
        "null_safe": left.lk.eqNullSafe(right.rk)
        & right.rt.between(left.lt, left.lt + f.make_dt_interval(mins=f.lit(3))),
    }
    answer = []
    for name, condition in conditions.items():
        answer += run_batches(left.join(right, condition), folder, name=name)
    return answer
