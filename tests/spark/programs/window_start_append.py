"""Windows, append: slide and start together, to the end of each."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 2, 3))
    rows.add(*at(14, 8))
    rows.add(*at(1, 30))
    frame = rows.events(spark, delay="2 minutes").groupBy(
        f.window("time", "10 minutes", "5 minutes", "3 minutes")
    )
    return run_batches(frame.agg(f.sum("value"), f.count("*")), folder)
