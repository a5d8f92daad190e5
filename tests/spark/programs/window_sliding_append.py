"""Windows: sliding windows come out one by one as the watermark passes their ends."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 4, 10))
    rows.add(*at(9, 24))
    rows.add(*at(3, 17, 60))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "5 minutes")
        .groupBy(f.window("time", "10 minutes", "5 minutes"))
        .count()
    )
    return run_batches(frame, folder, "append")
