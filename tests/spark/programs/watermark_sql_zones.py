"""Watermark: literals of time are in the session's zone, windows are not."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    rows.add({"time": "2026-03-06T12:00:00", "value": 1}, *at(45))
    rows.add({"time": "2026-03-06T12:59:59+02:00", "value": 2}, *at(120))
    with setting(spark, "spark.sql.session.timeZone", "Europe/Berlin"):
        read = rows.events(spark).where("time < TIMESTAMP '2026-03-06 13:00:00'")
        frame = read.groupBy(f.window("time", "1 hour", "30 minutes")).agg(
            f.sum("value")
        )
        return run_batches(frame.selectExpr("string(window.end)", "*"), folder)
