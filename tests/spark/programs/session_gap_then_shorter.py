"""Sessions: of rows of one time, the longest gap counts."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a", gap="1 minute"), *at(1, k="a", gap="10 minutes"))
    rows.add(*at(9, k="a", gap="30 seconds"), *at(12, k="a", gap="1 minute"))
    rows.add(*at(10, k="a", gap="90 seconds"))
    rows.add(*at(60, k="b", gap="1 minute"))
    frame = rows.events(spark, "k STRING, gap STRING").groupBy(
        "k", f.session_window("time", f.col("gap"))
    )
    return run_batches(frame.agg(f.count("*"), f.max("value")), folder)
