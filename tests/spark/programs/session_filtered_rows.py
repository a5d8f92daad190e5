"""Sessions: of rows that a filter of the time or the key leaves."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, 50, k="a"), *at(4, k="b"))
    rows.add(*at(6, 60, k="a"), *at(70, k="b"))
    rows.add(*at(100, k="a"))
    read = rows.events(spark, "k STRING").where("k = 'a' AND minute(time) <> 50")
    frame = read.groupBy("k", f.session_window("time", "5 minutes"))
    return run_batches(frame.agg(f.sum("value")), folder)
