"""Sessions: a gap that each row has of its own."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a", gap=2), *at(2, k="a", gap=10), *at(1, k="b", gap=1))
    rows.add(*at(11, k="a", gap=1), *at(12, k="a", gap=3), *at(3, k="b", gap=5))
    rows.add(*at(70, k="a", gap=1))
    gap = f.concat(f.col("gap").cast("string"), f.lit(" minutes"))
    frame = rows.events(spark, "k STRING, gap INT").groupBy(
        "k", f.session_window("time", gap)
    )
    return run_batches(frame.agg(f.count("*"), f.max("value")), folder)
