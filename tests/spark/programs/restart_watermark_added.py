"""Restart: with a watermark that was not there before."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    window = f.window("time", "10 minutes")
    plain = rows.read(spark, "time TIMESTAMP, value INT")
    answer = run_batches(plain.groupBy(window).count(), folder, "update")
    rows.add(*at(2, 45))
    answer += run_batches(rows.events(spark).groupBy(window).count(), folder, "update")
    rows.add(*at(3, 90))
    return answer + run_batches(rows.events(spark).groupBy(window).count(), folder)
