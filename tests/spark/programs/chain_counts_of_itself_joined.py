"""Chain: a stream joined with its own counts."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k="b"))
    rows.add(*at(4, k="b"), *at(12, k="a"))
    rows.add(*at(40, k="a"))
    rows.add(*at(90, k="a"))
    read = rows.events(spark, "k STRING")
    window = f.window("time", "10 minutes").alias("w")
    counts = read.groupBy(window, "k").count().alias("counts")
    each = read.select(window, "k", "value").alias("each")
    frame = each.join(counts, f.expr("each.w = counts.w AND each.k = counts.k"))
    return run_batches(frame, folder)
