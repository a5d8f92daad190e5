"""Deduplication: by structs, arrays and NaN, with a watermark."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, s={"x": 1, "d": "NaN"}, l=[1, None]), *at(1, s=None, l=[]))
    rows.add(
        *at(1, s={"x": 1, "d": "NaN"}, l=[1, None]), *at(12, s={"x": None}, l=None)
    )
    rows.add(*at(40, s={"x": None}, l=None), *at(12, s={"x": None}, l=None))
    rows.add(*at(41, s={"x": None}, l=None), *at(40, s={"x": None}, l=None))
    read = rows.events(spark, "s STRUCT<x: INT, d: DOUBLE>, l ARRAY<INT>")
    within = read.dropDuplicatesWithinWatermark(["s", "l"]).select("time", "l")
    return [
        *run_batches(read.dropDuplicates(["s", "l", "time"]), folder, name="time"),
        *run_batches(within, folder, name="within"),
    ]
