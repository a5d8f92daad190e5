"""Sessions: counted per hour, in a chain."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, 20, 50, k="a"), *at(2, k="b"))
    rows.add(*at(75, 78, k="a"), *at(100, k="b"))
    rows.add(*at(200, k="a"))
    rows.add(*at(300, k="a"))
    sessions = (
        rows.events(spark, "k STRING")
        .groupBy("k", f.session_window("time", "5 minutes").alias("s"))
        .agg(f.count("*").alias("n"))
    )
    hours = sessions.groupBy(f.window(f.col("s"), "1 hour"))
    return run_batches(hours.agg(f.count("*"), f.sum("n")), folder)
