"""Sessions: of rows that are deduplicated first."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 3, k="a"), *at(2, k="b"))
    rows.add(*at(3, 7, k="a"), *at(2, 40, k="b"))
    rows.add(*at(41, 80, k="b"))
    frame = rows.events(spark, "k STRING").dropDuplicates(["k", "time"])
    counted = frame.groupBy("k", f.session_window("time", "5 minutes")).count()
    return run_batches(counted, folder)
