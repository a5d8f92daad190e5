"""Windows, complete: every sliding window so far, without a watermark."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 7))
    rows.add(*at(3), {"time": None, "value": 9})
    frame = rows.read(spark, "time TIMESTAMP, value INT").groupBy(
        f.window("time", "10 minutes", "4 minutes")
    )
    return run_batches(frame.agg(f.sum("value")), folder, "complete")
