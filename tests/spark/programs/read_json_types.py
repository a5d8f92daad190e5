"""JSON: values of every type as the reader takes them, and does not."""

from tests.spark.streams import Input, run_batches

SCHEMA = (
    "i INT, l BIGINT, d DOUBLE, f FLOAT, n DECIMAL(6, 2), s STRING, b BOOLEAN,"
    " day DATE, t TIMESTAMP, ntz TIMESTAMP_NTZ, bin BINARY, a ARRAY<INT>,"
    " m MAP<STRING, INT>, st STRUCT<x: INT>"
)


def run(spark, folder):
    rows = Input(folder)
    rows.add(
        {"i": 1, "l": 2, "d": 3, "f": 0.1, "n": 1.255, "s": "x", "b": True},
        {"day": "2026-01-02", "t": "2026-01-02T03:04:05.678+02:00", "bin": "aGk="},
        {"t": "2026-01-02 03:04:05", "ntz": "2026-01-02T03:04:05", "a": [1, None]},
        {"m": {"k": 1}, "st": {"x": 1, "y": 2}, "s": [1]},
    )
    rows.add(
        {"l": 2.0, "d": "NaN", "f": "Infinity", "n": "7", "s": 1.50, "b": "true"},
        {"i": True, "day": "02.01.2026", "t": 1_700_000_000, "a": 1, "st": []},
        {"d": "1.5", "day": "2026-1-2", "t": "2026-01-02", "ntz": "x", "m": [1]},
        {"s": True, "a": ["1"], "st": {"x": "y"}, "n": 123456.789},
    )
    return run_batches(rows.read(spark, SCHEMA), folder)
