"""Chain: functions of what functions gave."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 6, 12, k="a"), *at(3, 4, 5, k="b"))
    rows.add(*at(13, 14, k="a"), *at(45, k="c"))
    rows.add(*at(100, k="a"))
    rows.add(*at(101, 102, k="a"))
    short = (
        rows.events(spark, "k STRING")
        .groupBy(f.window("time", "10 minutes"), "k")
        .agg(
            f.count("*").alias("n"),
            f.avg("value").alias("mean"),
            f.sort_array(f.collect_set("value")).alias("all"),
        )
    )
    long = short.groupBy(f.window("window", "20 minutes")).agg(
        f.sum("n"),
        f.stddev("mean"),
        f.max_by("k", "mean"),
        f.sort_array(f.flatten(f.collect_list("all"))),
        f.percentile_approx("n", 0.5),
        f.bool_or(f.expr("n > 2")),
        f.count_if(f.expr("k = 'a'")),
    )
    return run_batches(long, folder)
