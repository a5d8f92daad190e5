"""Join: one folder read by two streams."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"), *at(2, k="b"))
    rows.add(*at(4, k="a"), *at(9, k="b"))
    rows.add(*at(60, k="z"))
    rows.add(*at(2, 57, k="z"))
    condition = (
        "x.k = y.k AND y.time > x.time AND y.time <= x.time + INTERVAL 5 MINUTES"
    )
    answer = []
    for delay in ("10 minutes", "20 minutes"):
        left = rows.events(spark, "k STRING").alias("x")
        right = rows.events(spark, "k STRING", delay).alias("y")
        frame = left.join(right, f.expr(condition), "left_outer")
        answer += run_batches(frame, folder, name=delay)
    return answer
