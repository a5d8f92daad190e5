"""Windows: fields of a window in filters, expressions and other keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12, 23))
    rows.add(*at(2, 34))
    rows.add(*at(80))
    windows = rows.events(spark).select(
        f.window("time", "10 minutes").alias("w"), "value"
    )
    keyed = windows.groupBy("w", f.minute("w.start").alias("minute")).count()
    shown = keyed.selectExpr(
        "w.start",
        "w.end - w.start AS length",
        "minute",
        "count",
        "w.end > w.start AS true",
    )
    late = (
        windows.where("w.end > '2026-03-06T10:15:00Z'").groupBy("w").agg(f.sum("value"))
    )
    return [
        *run_batches(shown, folder, name="fields"),
        *run_batches(late, folder, name="filter"),
    ]
