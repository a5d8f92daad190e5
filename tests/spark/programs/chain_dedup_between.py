"""Chain: counted, made distinct and counted again."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, 4, k="b"), *at(5, k="c"))
    rows.add(*at(12, k="a"), *at(33, k="b"))
    rows.add(*at(34, 80, k="a"))
    by_key = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .count()
    )
    sizes = by_key.select("window", "count").dropDuplicates()
    frame = sizes.groupBy("window").agg(f.sort_array(f.collect_list("count")))
    return run_batches(frame, folder)
