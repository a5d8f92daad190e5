"""Join: several columns as keys, some of them null."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches

SCHEMA = "time TIMESTAMP, a INT, b STRING, c BOOLEAN"
TIME = {"time": "2026-03-06T10:00:00Z"}
LATER = {"time": "2026-03-06T11:00:00Z", "a": 9, "b": "z", "c": True}


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    row = {**TIME, "a": 1, "b": "x", "c": True}
    left.add({**row, "l": 1}, {**row, "b": None, "l": 2}, {**row, "a": None, "l": 3})
    right.add({**row, "r": 1}, {**row, "c": False, "r": 2}, {**TIME, "r": 3})
    left.add({**row, "c": False, "l": 4}, {**TIME, "l": 5})
    right.add({**row, "b": None, "r": 4}, {**row, "a": 2, "r": 5})
    left.add({**LATER, "l": 6})
    right.add({**LATER, "r": 6})
    lefts = left.read(spark, f"{SCHEMA}, l INT").withWatermark("time", "10 minutes")
    rights = right.read(spark, f"{SCHEMA}, r INT").withWatermark("time", "10 minutes")
    lefts, rights = lefts.alias("x"), rights.alias("y")
    answer = []
    near = "x.time <= y.time AND x.time >= y.time - INTERVAL 1 MINUTE"
    for number, keys in enumerate(
        (
            "x.a = y.a AND x.b = y.b AND x.c = y.c",
            "x.a = y.a AND x.b <=> y.b AND x.c = y.c",
        )
    ):
        for kind in ("inner", "left_outer", "right_outer"):
            joined = lefts.join(rights, f.expr(f"{keys} AND {near}"), kind)
            frame = joined.select("x.a", "x.b", "x.c", "l", "r", "y.a", "y.b", "y.c")
            answer += run_batches(frame, folder, name=f"{kind}{number}")
    return answer
