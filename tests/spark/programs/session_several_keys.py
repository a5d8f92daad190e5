"""Sessions: apart by every key of several types."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, a="x", b=1.5), *at(3, a="x", b="NaN"), *at(4, a=None, b=-0.0))
    rows.add(*at(5, a="x", b=1.5), *at(6, a="x", b="NaN"), *at(7, a=None, b=0.0))
    rows.add(*at(60, a="y", b=None))
    frame = rows.events(spark, "a STRING, b DOUBLE").groupBy(
        "a", f.session_window("time", "5 minutes").alias("s"), "b"
    )
    counted = frame.agg(f.count("*").alias("n"))
    return run_batches(counted.select("s.start", "s.end", "a", "b", "n"), folder)
