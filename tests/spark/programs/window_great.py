"""Windows: of weeks and of a hundred days, around 1970."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    times = ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2026-03-06T10:00:00Z")
    rows.add(*({"time": time} for time in times))
    rows.add({"time": "0001-01-01T00:00:00Z"}, {"time": "9999-12-31T00:00:00Z"})
    read = rows.read(spark, "time TIMESTAMP")
    weeks = read.groupBy(f.window("time", "1 week")).count()
    long = read.groupBy(f.window("time", "100 days", "50 days")).count()
    shown = ("unix_micros(window.start) AS s", "unix_micros(window.end) AS e", "count")
    return [
        *run_batches(weeks.selectExpr(*shown), folder, "update", name="weeks"),
        *run_batches(long.selectExpr(*shown), folder, "update", name="long"),
    ]
