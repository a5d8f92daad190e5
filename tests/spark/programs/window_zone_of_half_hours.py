"""Windows: of days in a zone of half hours, with a start that mends it."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"time": "2026-03-06T18:29:59Z"}, {"time": "2026-03-06T18:30:00Z"})
    rows.add({"time": "2026-03-07T00:00:00Z"}, {"time": "2026-03-07T18:30:00"})
    with setting(spark, "spark.sql.session.timeZone", "Asia/Kolkata"):
        read = rows.read(spark, "time TIMESTAMP")
        plain = read.groupBy(f.window("time", "1 day")).count()
        moved = read.groupBy(f.window("time", "1 day", "1 day", "18 hours 30 minutes"))
        shown = moved.count().selectExpr("string(window.start)", "window.end", "count")
        return [
            *run_batches(plain, folder, "update", name="plain"),
            *run_batches(shown, folder, "update", name="moved"),
        ]
