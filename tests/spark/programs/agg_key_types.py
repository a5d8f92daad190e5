"""Aggregation: keys of several types; null, NaN and minus nought as keys."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"d": 0.0, "day": "2026-01-01", "s": {"x": 1}, "b": True},
        {"d": -0.0, "day": None, "s": {"x": None}, "b": None},
        {"d": "NaN", "day": "2026-01-01", "s": None, "b": True},
    )
    rows.add(
        {"d": "NaN", "day": None, "s": {"x": 1}, "b": False},
        {"d": None, "day": "2026-01-01", "s": {"x": None}, "b": True},
    )
    read = rows.read(spark, "d DOUBLE, day DATE, s STRUCT<x: INT>, b BOOLEAN")
    answer = []
    for number, keys in enumerate([["d"], ["day", "b"], ["s"]]):
        frame = read.groupBy(*keys).count()
        answer += run_batches(frame, folder, "update", name=f"query{number}")
    return answer
