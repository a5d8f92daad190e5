"""Restart: days by the session's zone, which a restart may change."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"time": "2026-03-06T02:00:00Z"}, {"time": "2026-03-06T12:00:00Z"})
    frame = (
        rows.read(spark, "time TIMESTAMP")
        .groupBy(f.to_date("time").alias("day"))
        .count()
    )
    answer = run_batches(frame, folder, "update")
    rows.add({"time": "2026-03-06T02:00:00Z"}, {"time": "2026-03-06T12:00:00Z"})
    with setting(spark, "spark.sql.session.timeZone", "America/New_York"):
        return answer + run_batches(frame, folder, "update")
