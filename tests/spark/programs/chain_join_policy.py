"""Chain: a join and windows above it, with the faster side's watermark."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches, setting


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b, 11 a", "3 a, 4 a, 12 b")
    pair.add("90 b", "16 b, 5 b")
    pair.add("40 a, 80 a", "41 a")
    pair.add("130 a", "84 a")
    joined = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    frame = joined.groupBy(f.window("lt", "10 minutes")).agg(f.count("*"), f.count("r"))
    with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", "max"):
        return run_batches(frame, folder)
