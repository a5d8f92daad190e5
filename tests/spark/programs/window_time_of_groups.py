"""Windows: the time of a group's window keeps the watermark."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(45))
    rows.add(*at(46, 3))
    counted = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    frame = counted.select(f.window_time("window").alias("t"), "count")
    return [
        ["metadata", {str(k): str(v) for k, v in frame.schema["t"].metadata.items()}],
        *run_batches(frame, folder, "append", name="append"),
        *run_batches(frame, folder, "update", name="update"),
    ]
