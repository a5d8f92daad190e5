"""Sessions, complete: all so far, without a watermark."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"), *at(2, k="b"))
    rows.add(*at(7, k="a"), *at(30, k="b"))
    rows.add(*at(12, k="a"), *at(26, 1, k="b"))
    read = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    frame = read.groupBy("k", f.session_window("time", "5 minutes")).agg(f.count("*"))
    return run_batches(frame, folder, "complete")
