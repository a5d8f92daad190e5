"""Join: one side never has a row, under both policies of watermarks."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches, setting


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "")
    pair.add("30 a, 31 b", "")
    pair.add("60 a, 61 b", "")
    answer = []
    for policy in ("min", "max"):
        with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", policy):
            for kind in ("left_outer", "full_outer"):
                frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
                answer += run_batches(frame, folder, name=f"{policy}-{kind}")
    return answer
