"""Windows: hours of a day that has twenty-three or twenty-five."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"time": f"2026-03-29T0{h}:30:00Z"} for h in range(4)))
    rows.add(*({"time": f"2026-10-25T0{h}:30:00Z"} for h in range(4)))
    with setting(spark, "spark.sql.session.timeZone", "Europe/Berlin"):
        read = rows.read(spark, "time TIMESTAMP")
        hours = read.groupBy(f.window("time", "2 hours")).count()
        shown = hours.selectExpr("string(window.start)", "string(window.end)", "count")
        days = read.groupBy(
            f.to_date("time").alias("day"), f.hour("time").alias("hour")
        )
        return [
            *run_batches(shown, folder, "update", name="windows"),
            *run_batches(days.count(), folder, "update", name="days"),
        ]
