"""Windows: of milliseconds and of one microsecond."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for time in ("00.000001", "00.0009999", "00.001", "00.0015", "59.999999"):
        rows.add({"time": f"2026-03-06T10:00:{time}Z"})
    read = rows.read(spark, "time TIMESTAMP")
    milli = read.groupBy(f.window("time", "1 millisecond")).count()
    micro = read.groupBy(f.window("time", "1 microsecond")).count()
    return [
        *run_batches(milli, folder, "complete", name="milli"),
        *run_batches(micro, folder, "complete", name="micro"),
    ]
