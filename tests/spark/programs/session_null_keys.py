"""Sessions: null is a key; rows without a time are in none."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k=None), *at(2, k="a"), {"k": "a"}, {"k": None})
    rows.add(*at(5, k=None), *at(50, k="a"))
    rows.add(*at(51, k=None))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    return run_batches(frame.agg(f.count("*"), f.collect_list("value")), folder)
