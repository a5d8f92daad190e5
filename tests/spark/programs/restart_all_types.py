"""Restart: values of every type go on from the state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    schema = (
        "k INT, n DECIMAL(38, 10), t STRING, x BINARY, day DATE, local TIMESTAMP_NTZ,"
        " a ARRAY<STRING>, r STRUCT<p: STRING, q: DOUBLE>, b BOOLEAN, f FLOAT,"
        " s SMALLINT"
    )
    rows = Input(folder)
    full = {"k": 1, "n": 1.5, "t": "m", "x": "AQI=", "day": "2026-01-01", "b": False}
    full |= {
        "local": "2026-01-01T01:02:03",
        "a": ["m"],
        "r": {"p": "m", "q": 1.5},
        "f": 1,
    }
    rows.add(full, {"k": 2})
    read = rows.read(spark, schema)
    calls = ("min", "max", "first")
    calls = [f"{call}({name})" for name in read.columns[1:] for call in calls]
    frame = read.groupBy("k").agg(*map(f.expr, calls))
    answer = run_batches(frame, folder, "update")
    more = {
        "k": 1,
        "n": -1.5,
        "t": "z",
        "x": "",
        "day": "1900-01-01",
        "b": True,
        "s": 3,
    }
    rows.add(
        {**more, "a": ["m", None], "r": {"p": None, "q": 9}, "f": -1}, {**full, "k": 2}
    )
    return answer + run_batches(frame, folder, "update")
