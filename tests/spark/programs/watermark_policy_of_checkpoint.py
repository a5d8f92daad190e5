"""Watermark: the policy is kept by the checkpoint, not taken from the session."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 60))
    right.add(*at(2, 30))
    both = left.events(spark).union(right.events(spark))
    frame = both.groupBy(f.window("time", "10 minutes")).count()
    answer = run_batches(frame, folder)
    left.add(*at(3, 90))
    right.add(*at(4, 45))
    with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", "max"):
        return answer + run_batches(frame, folder)
