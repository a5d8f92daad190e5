"""Join: without batches of no data, outer rows wait for the next row."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches, setting


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 a, 2 c")
    pair.add("30 x", "30 x")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "full_outer")
    with setting(spark, "spark.sql.streaming.noDataMicroBatches.enabled", "false"):
        answer = run_batches(frame, folder)
        pair.add("31 x", "")
        return answer + run_batches(frame, folder)
