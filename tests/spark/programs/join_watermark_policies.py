"""Join: the watermark is that of the slower side, or of the faster."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches, setting


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 30 b", "2 a, 20 c")
    pair.add("60 b, 12 x", "")
    pair.add("", "30 b, 12 y")
    pair.add("61 b, 40 x", "62 b, 40 y")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "full_outer")
    answer = []
    for policy in ("min", "max"):
        with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", policy):
            answer += run_batches(frame, folder, name=policy)
    return answer
