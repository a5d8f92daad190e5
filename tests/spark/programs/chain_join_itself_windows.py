"""Chain: a stream joined with itself, counted in windows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"), *at(2, k="b"))
    rows.add(*at(4, k="a"), *at(9, k="b"))
    rows.add(*at(60, k="z"))
    rows.add(*at(120, k="z"))
    read = rows.events(spark, "k STRING")
    near = "x.k = y.k AND y.time > x.time AND y.time <= x.time + INTERVAL 5 MINUTES"
    joined = read.alias("x").join(read.alias("y"), f.expr(near), "left_outer")
    frame = joined.groupBy(f.window("x.time", "10 minutes")).agg(f.count("y.value"))
    return run_batches(frame, folder)
