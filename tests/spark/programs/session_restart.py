"""Sessions: those that wait go on after a restart."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 20, k="a"), *at(18, k="b"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    counted = frame.agg(f.count("*"), f.sum("value"))
    answer = run_batches(counted, folder)
    rows.add(*at(3, 24, k="a"), *at(22, k="b"))
    answer += run_batches(counted, folder)
    rows.add(*at(60, k="a"))
    return answer + run_batches(counted, folder)
