"""Join: columns of every type are kept and come back whole."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches

SCHEMA = (
    "k INT, t TIMESTAMP, text STRING, d DECIMAL(20,4), x DOUBLE, b BOOLEAN,"
    " day DATE, bytes BINARY, v ARRAY<STRING>, m MAP<STRING, INT>,"
    " s STRUCT<a: INT, b: ARRAY<DOUBLE>>, n BIGINT"
)
FULL = {
    "t": "2026-03-06T10:00:00.123456Z",
    "text": "日本 🙂",
    "d": -1234567890123456.7891,
    "x": 1e-300,
    "b": False,
    "day": "1969-07-20",
    "bytes": "AAECAw==",
    "v": ["a", None, ""],
    "m": {"a": 1, "b": None},
    "s": {"a": None, "b": [1.5, None]},
    "n": 2**62,
}


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"k": 1, **FULL}, {"k": 2, "v": [], "m": {}, "s": {}, "text": ""})
    right.add({"k": 3, **FULL}, {"k": 4, "t": "2026-03-06T10:00:00Z"})
    left.add({"k": 3}, {"k": 4, **FULL})
    right.add({"k": 1}, {"k": 2, **FULL})
    left.add({"k": 9, "t": "2026-03-06T12:00:00Z"})
    right.add({"k": 9, "t": "2026-03-06T12:00:00Z"})
    left = left.read(spark, SCHEMA).withWatermark("t", "1 hour").alias("x")
    right = right.read(spark, SCHEMA).withWatermark("t", "1 hour").alias("y")
    answer = []
    for kind in ("inner", "full_outer"):
        condition = "x.k = y.k"
        if kind == "full_outer":
            condition += " AND x.t <= y.t AND y.t <= x.t"
        frame = left.join(right, f.expr(condition), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
