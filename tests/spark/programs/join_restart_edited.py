"""Join: restarted with another projection above and another filter below."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    answer = run_batches(joined.selectExpr("*", "l + r AS sum"), folder)
    pair.add("4 c, 5 a", "4 b")
    left = pair.left().where("l <> 4")
    joined = left.join(pair.right(), f.expr(NEAR), "left_outer")
    answer += run_batches(joined.selectExpr("*", "l * r AS product"), folder)
    pair.add("60 x", "60 x")
    return answer + run_batches(joined, folder)
