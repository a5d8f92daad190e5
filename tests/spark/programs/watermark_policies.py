"""Watermark: of two streams, by the slower one or by the faster one."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    answer = []
    for policy in ("min", "max"):
        left, right = Input(folder, f"{policy}/left"), Input(folder, f"{policy}/right")
        left.add(*at(1, 30))
        right.add(*at(2, 15))
        left.add(*at(40))
        right.add(*at(3, 21))
        schema = "time TIMESTAMP, value INT"
        both = (
            left.read(spark, schema)
            .withWatermark("time", "5 minutes")
            .union(right.read(spark, schema).withWatermark("time", "10 minutes"))
        )
        grouped = both.groupBy(f.window("time", "10 minutes")).count()
        with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", policy):
            answer += run_batches(grouped, folder, "append", name=policy)
    return answer
