"""Watermark: without no-data batches the last windows wait for the next input."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 11))
    rows.add(*at(45))
    rows.add(*at(46))
    grouped = (
        rows.read(spark, "time TIMESTAMP, value INT")
        .withWatermark("time", "10 minutes")
        .groupBy(f.window("time", "10 minutes"))
        .count()
    )
    with setting(spark, "spark.sql.streaming.noDataMicroBatches.enabled", "false"):
        return run_batches(grouped, folder, "append")
