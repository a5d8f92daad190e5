"""Join: rows exactly at the watermark and at the bound of what is kept."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("15 a, 15.001 b, 14.999 c, 20 d", "15 e, 15.001 f, 14.999 g, 20 h")
    pair.add("30 x", "30 x")
    pair.add("20 a, 19.99 b, 20.01 c", "20 e, 19.99 f, 20.01 g")
    pair.add("20 a, 19.99 b, 20.01 c", "20 e, 19.99 f, 20.01 g")
    pair.add("35 x", "35 x")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "full_outer")
    return run_batches(frame, folder)
