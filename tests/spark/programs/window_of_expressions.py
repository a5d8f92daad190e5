"""Windows: over times that are calculated, days and local times."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 8, n="2026-03-06T10:01:00", d="2026-03-06"))
    rows.add(*at(12, n="2026-03-06T10:09:59.999999", d="2026-03-07"))
    read = rows.read(spark, "time TIMESTAMP, value INT, n TIMESTAMP_NTZ, d DATE")
    moved = f.window(f.expr("time + INTERVAL 5 MINUTES"), "10 minutes")
    local = f.window("n", "10 minutes")
    cast = f.window(f.col("d").cast("timestamp"), "2 days")
    return [
        *run_batches(read.groupBy(moved).count(), folder, "update", name="moved"),
        *run_batches(read.groupBy(local).count(), folder, "update", name="local"),
        *run_batches(read.groupBy(cast).count(), folder, "update", name="cast"),
        outcome(lambda: read.groupBy(f.window("d", "1 day")).count().schema),
        outcome(lambda: read.groupBy(f.window("value", "1 day")).count().schema),
    ]
