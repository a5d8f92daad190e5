"""Windows: grouped by the start alone, or by the window and its end."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(2, 14, 33))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    window = f.window("time", "10 minutes")
    start = read.groupBy(window.start.alias("start")).count()
    both = read.groupBy(window.alias("w"), (f.col("value") % 2).alias("odd")).count()
    return [
        *run_batches(start, folder, "update", name="start"),
        *run_batches(
            both.select("w.end", "odd", "count"), folder, "update", name="both"
        ),
    ]
