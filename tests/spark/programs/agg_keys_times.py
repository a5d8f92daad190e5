"""Aggregation: days, instants, local times and lengths of time as keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"d": "2026-01-01", "t": "2026-01-01T00:00:00.000001Z"},
        {"n": "2026-01-01T00:00:00"},
    )
    rows.add(
        {"d": "0001-01-01", "t": "2026-01-01T00:00:00.000001Z"},
        {"n": "2026-01-01T00:00:00"},
    )
    rows.add({"d": "9999-12-31", "t": "1900-01-01T00:00:00Z"}, {"d": "2026-01-01"})
    read = rows.read(spark, "d DATE, t TIMESTAMP, n TIMESTAMP_NTZ")
    length = read.groupBy(
        (f.col("t") - f.to_timestamp(f.lit("2026-01-01"))).alias("length")
    )
    return [
        *run_batches(read.groupBy("d").count(), folder, "update", name="day"),
        *run_batches(read.groupBy("t", "n").count(), folder, "update", name="time"),
        *run_batches(length.count(), folder, "update", name="length"),
    ]
