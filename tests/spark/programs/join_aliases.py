"""Join: both sides have the same names, told apart by aliases."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, k="a"), *at(2, k="b"))
    right.add(*at(3, k="a"), *at(1, k="c"))
    left.add(*at(4, k="a"))
    right.add(*at(3, k="b"))
    left.add(*at(60, k="z"))
    right.add(*at(60, k="z"))
    ads = left.events(spark, "k STRING").alias("ads")
    clicks = right.events(spark, "k STRING").alias("clicks")
    condition = (
        "ads.k = clicks.k AND clicks.time >= ads.time"
        " AND clicks.time <= ads.time + INTERVAL 10 MINUTES"
    )
    joined = ads.join(clicks, f.expr(condition), "left_outer")
    frame = joined.select("ads.*", f.col("clicks.value").alias("click"), "clicks.time")
    return run_batches(frame, folder)
