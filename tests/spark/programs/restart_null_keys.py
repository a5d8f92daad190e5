"""Restart: null, NaN, empty text and long text are found again as keys."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    keys = [
        {"s": None, "d": "NaN"},
        {"s": "", "d": -0.0},
        {"s": "x" * 300, "d": None},
        {},
    ]
    frame = rows.read(spark, "s STRING, d DOUBLE").groupBy("s", "d").count()
    answer = []
    for _ in range(3):
        rows.add(*keys)
        answer += run_batches(frame, folder, "update")
    return answer
