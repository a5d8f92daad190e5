"""Sessions: come out once the watermark has passed their end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, 20, k="a"), *at(2, k="b"))
    rows.add(*at(22, 24, k="a"), *at(40, k="b"))
    rows.add(*at(60, k="a"))
    rows.add(*at(2, 41, k="b"))
    window = f.session_window("time", "5 minutes")
    frame = rows.events(spark, "k STRING").groupBy(window, "k")
    return run_batches(frame.agg(f.count("*"), f.sum("value")), folder)
