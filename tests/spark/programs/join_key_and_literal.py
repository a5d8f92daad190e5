"""Join: a filter on a key holds for the other side's key as well."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder, key="INT")
    pair.add("1 1, 2 2, 3 7", "2 7, 3 9, 2 2")
    pair.add("4 7, 5 9", "4 1, 5 7")
    pair.add("60 7", "60 7")
    left, right = pair.left(), pair.right()
    joined = left.join(right, f.expr(NEAR))
    outer = left.join(right, f.expr(NEAR), "left_outer")
    return [
        *run_batches(joined.where("lk > 5"), folder, name="inner"),
        *run_batches(outer.where("lk > 5"), folder, name="outer"),
    ]
