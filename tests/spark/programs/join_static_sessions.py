"""Joins: sessions of joined rows."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names, timed
from tests.spark.streams import run_batches


def run(spark, folder):
    both = timed(spark, folder).join(names(spark), "k", "left")
    sessions = both.groupBy(f.session_window("time", "15 minutes"), "name")
    counts = sessions.agg(f.count("*"), f.sum("value"))
    gap = f.session_window(
        "time", f.when(f.col("name") == "Ada", "5 minutes").otherwise("20 minutes")
    )
    by_name = both.groupBy(gap, "name").count()
    return [
        *run_batches(counts, folder, "append", "fixed"),
        *run_batches(by_name, folder, "append", "by name"),
    ]
