"""Sessions: a gap chosen by the row, one session within another."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, k="long"), *at(1, 2, k="short"))
    rows.add(*at(5, k="long"), *at(3, 30, k="short"))
    rows.add(*at(90, k="long"))
    gap = f.when(f.col("k") == "long", "20 minutes").otherwise("90 seconds")
    frame = rows.events(spark, "k STRING").groupBy(
        (f.col("value") >= 0).alias("one"), f.session_window("time", gap)
    )
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
