"""State: forty batches, with a restart in between, and few groups each."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    for n in range(20):
        rows.add(*at(n * 3, n * 3 + 1, k=n % 3))
    frame = rows.events(spark, "k INT").groupBy(f.window("time", "10 minutes"), "k")
    counted = frame.agg(f.count("*"), f.sum("value"))
    answer = run_batches(counted, folder)
    for n in range(20, 40):
        rows.add(*at(n * 3, n * 3 - 20, k=n % 4))
    return answer + run_batches(counted, folder)
