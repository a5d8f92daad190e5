"""Restart: the watermark does not go back when the delay grows."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    window = f.window("time", "10 minutes")
    answer = run_batches(rows.events(spark).groupBy(window).count(), folder)
    rows.add(*at(5, 15, 32))
    longer = rows.events(spark, delay="1 hour")
    answer += run_batches(longer.groupBy(window).count(), folder)
    rows.add(*at(40, 21))
    shorter = rows.events(spark, delay="1 minute")
    return answer + run_batches(shorter.groupBy(window).count(), folder)
