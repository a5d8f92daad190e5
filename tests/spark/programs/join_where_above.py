"""Join: a filter above a join, on columns of either side or of both."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c", "2 a, 3 d, 2 c")
    pair.add("4 a, 5 b", "4 b, 5 a")
    pair.add("60 x", "60 x")
    left, right = pair.left(), pair.right()
    joined = left.join(right, f.expr(NEAR))
    outer = left.join(right, f.expr(NEAR), "left_outer")
    return [
        *run_batches(joined.where("l > 1"), folder, name="left"),
        *run_batches(joined.where("l + r > 3"), folder, name="both"),
        *run_batches(outer.where("r IS NULL"), folder, name="unmatched"),
        *run_batches(outer.where("coalesce(r, 0) <> 2"), folder, name="outer"),
    ]
