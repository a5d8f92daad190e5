"""Join: with one watermark for all operators, as Spark once had it."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches, setting


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x, 1 y", "60 x, 1 z")
    pair.add("61 x, 1 y", "61 x, 2 z")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "full_outer")
    name = "spark.sql.streaming.statefulOperator.allowMultiple"
    with setting(spark, name, "false"):
        return run_batches(frame, folder)
