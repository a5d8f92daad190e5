"""Join: filters, columns and renames below a join."""

from pyspark.sql import functions as f

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 3 c", "2 a, 3 d, 2 c")
    pair.add("4 a, 5 b", "4 b, 5 a")
    pair.add("60 x", "60 x")
    left = pair.left().where("lk <> 'c'").withColumn("double", f.col("l") * 2)
    right = pair.right().where("r < 5").withColumnRenamed("rk", "key")
    right = right.selectExpr("rt + INTERVAL 0 SECONDS AS moved", "rt AS at", "key", "r")
    condition = f.expr("lk = key AND at BETWEEN lt AND lt + INTERVAL 2 MINUTES")
    return run_batches(left.join(right, condition, "left_outer"), folder)
