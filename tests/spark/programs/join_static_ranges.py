"""Joins: a row finds the ranges that it lies in."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, timed

TIME = "timestamp_seconds(unix_seconds(timestamp'2026-03-06 10:00:00') + 60 * {}) AS {}"


def run(spark, folder):
    read = timed(spark, folder)
    shifts = spark.createDataFrame(
        [("early", 0, 10), ("mid", 10, 30), ("late", 25, 60)],
        "shift STRING, low INT, high INT",
    )
    spans = shifts.selectExpr(
        "shift", TIME.format("low", "begin"), TIME.format("high", "end")
    )
    inside = read.value.between(shifts.low, shifts.high)
    frames = {
        "between": read.join(shifts, inside, "left"),
        "times": read.join(
            spans, (read.time >= spans.begin) & (read.time < spans.end), "left"
        ),
        "lag": read.join(
            spans,
            f.expr("time BETWEEN begin AND begin + INTERVAL 5 MINUTES"),
            "left_anti",
        ),
    }
    return each(frames, folder)
