"""Joins: dates, timestamps and texts of them as keys."""

from tests.spark.static_joins import each
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"t": "2026-01-01T00:00:00Z", "d": "2026-01-01"})
    rows.add({"t": "2026-01-02T10:00:00Z", "d": "2026-01-02"}, {})
    read = rows.read(spark, "t TIMESTAMP, d DATE")
    days = spark.createDataFrame(
        [("2026-01-01", 1), ("2026-01-02", 2)], "s STRING, n INT"
    )
    days = days.selectExpr("CAST(s AS DATE) AS day", "s", "n")
    frames = {
        "date": read.join(days, read.d == days.day, "left"),
        "timestamp": read.join(days, read.t == days.day, "left"),
        "text": read.join(days, read.d == days.s, "left"),
        "cast": read.join(days, read.t.cast("date") == days.day, "left"),
    }
    return each(frames, folder)
