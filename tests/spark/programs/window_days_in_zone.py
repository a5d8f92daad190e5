"""Windows: days lie on UTC's midnights whatever the zone of the session."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"time": "2026-03-08T04:59:59Z"},
        {"time": "2026-03-08T05:00:00Z"},
        {"time": "2026-03-09T03:59:59Z"},
    )
    with setting(spark, "spark.sql.session.timeZone", "America/New_York"):
        read = rows.read(spark, "time TIMESTAMP")
        frame = read.groupBy(f.window("time", "1 day")).count()
        shown = frame.selectExpr("cast(window.start AS STRING)", "window", "count")
        return run_batches(shown, folder, "update")
