"""Watermark: microseconds of a time are cut off before the delay is taken."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    times = ["00:01.000999", "00:02.001000", "00:01.001001", "00:01.000001", "00:03.5"]
    for time in times:
        rows.add({"time": f"2026-03-06T10:{time}Z", "value": 1})
    frame = rows.events(spark, delay="1 second").groupBy("time").count()
    return run_batches(frame, folder)
