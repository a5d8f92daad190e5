"""Refused: watermarks of what is not an instant, and delays that are none."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    schema = "d DATE, n TIMESTAMP_NTZ, s STRUCT<t: TIMESTAMP>, i BIGINT, time TIMESTAMP"
    read = rows.read(spark, schema)
    answer = []
    for column in ("d", "n", "s", "s.t", "i", "missing", "time"):
        found = outcome(lambda c=column: read.withWatermark(c, "1 minute").schema)
        answer.append([column, *found])
    for delay in ("", "soon", "-5 minutes", "1 fortnight", "0", "10", "1 minute ago"):
        found = outcome(lambda d=delay: read.withWatermark("time", d).schema)
        answer.append([delay, *found])
    windows = read.select(f.window("time", "1 minute").alias("w"))
    return [*answer, outcome(lambda: windows.withWatermark("w", "1 minute").schema)]
