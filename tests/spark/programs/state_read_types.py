"""State: keys and values of many types read back as they are."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": "é", "n": 1.25, "d": "2026-01-01", "b": "AQI=", "l": [1, None]})
    rows.add({"s": None, "n": None, "d": None, "b": None, "l": None})
    schema = "s STRING, n DECIMAL(8, 2), d DATE, b BINARY, l ARRAY<INT>"
    read = rows.read(spark, schema)
    frame = read.groupBy("s", "d", "l").agg(f.max("n"), f.min("b"))
    run_batches(frame, folder, "update")
    state = spark.read.format("statestore").load(f"{folder}/query-checkpoint")
    found = state.selectExpr("key.*", "value.*").collect()
    return sorted(([*row] for row in found), key=repr)
