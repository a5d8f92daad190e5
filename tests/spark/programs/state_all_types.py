"""State: columns of every type pass through operators, batches without data too."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    schema = (
        "b BOOLEAN, i TINYINT, s SMALLINT, l BIGINT, f FLOAT, d DOUBLE,"
        " n DECIMAL(38, 10), t STRING, x BINARY, day DATE, local TIMESTAMP_NTZ,"
        " a ARRAY<STRUCT<p: INT>>, r STRUCT<p: STRING, q: ARRAY<DOUBLE>>,"
        " m MAP<STRING, ARRAY<INT>>"
    )
    full = {"b": True, "i": 1, "s": -2, "l": 2**62, "f": 0.5, "d": 1e300, "n": 1.5}
    full |= {"t": "é", "x": "AQI=", "day": "2026-01-01", "local": "2026-01-01T01:02:03"}
    full |= {"a": [{"p": 1}, None], "r": {"p": "x", "q": [1.5]}, "m": {"k": [1, None]}}
    rows = Input(folder)
    rows.add(*at(1, k="full", **full), *at(2, k="none"))
    rows.add(*at(3, k="none", **full), *at(30, k="full"))
    rows.add(*at(31, k="empty", a=[], m={}, r={}))
    read = rows.events(spark, f"k STRING, {schema}")
    names = [name for name in read.columns if name not in ("time", "value", "k")]
    firsts = [f.first(name, ignorenulls=True).alias(name) for name in names]
    lists = f.collect_list(f.struct("value", *names)).alias("all")
    window = f.window("time", "10 minutes")
    session = f.session_window("time", "5 minutes")
    return [
        *run_batches(read.dropDuplicatesWithinWatermark(["k"]), folder, name="within"),
        *run_batches(read.groupBy(window, "k").agg(*firsts), folder, name="firsts"),
        *run_batches(read.groupBy("k", session).agg(lists), folder, name="lists"),
    ]
