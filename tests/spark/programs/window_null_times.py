"""Windows: rows without a time are in no window, but stateless queries keep them."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1), {"time": None, "value": 5}, {"value": 6})
    rows.add({"time": None, "value": 7})
    rows.add(*at(30))
    read = rows.read(spark, "time TIMESTAMP, value INT").withWatermark(
        "time", "1 minute"
    )
    grouped = read.groupBy(f.window("time", "5 minutes")).count()
    by_time = read.groupBy("time").count()
    return [
        *run_batches(grouped, folder, "append", name="window"),
        *run_batches(by_time, folder, "update", name="time"),
        *run_batches(read, folder, "append", name="rows"),
    ]
