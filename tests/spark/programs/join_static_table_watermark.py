"""Joins: a watermark of a table is none."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, orders, timed
from tests.spark.streams import accepted, run_batches


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark).withColumn("t", f.timestamp_seconds(f.length("name")))
    marked = table.withWatermark("t", "1 minute")
    answer = run_batches(read.join(marked, "k"), folder)
    counts = read.join(marked, "k").groupBy("t").count()
    modes = [[mode, *accepted(counts, folder, mode)] for mode in ("append", "update")]
    stream = timed(spark, folder).join(marked, "k")
    windows = stream.groupBy(f.window("time", "10 minutes")).count()
    return answer + modes + run_batches(windows, folder, "append", "windows")
