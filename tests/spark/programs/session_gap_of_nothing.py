"""Sessions: rows whose gap is nought, negative or null are in none."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    gaps = ("0 seconds", "-1 minute", None, "5 minutes", "1 second")
    rows.add(*(row for gap in gaps for row in at(1, 2, k="a", gap=gap)))
    rows.add(*at(4, k="a", gap="0 minutes"), *at(60, k="b", gap="1 minute"))
    rows.add(*at(100, k="b", gap="-5 minutes"))
    frame = rows.events(spark, "k STRING, gap STRING").groupBy(
        "k", f.session_window("time", f.col("gap"))
    )
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
