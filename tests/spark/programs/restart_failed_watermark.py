"""Restart: a batch that failed runs again with the watermark it had."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    rows.add(*at(0, 25, 50))
    rows.add(*at(45, 90))
    read = rows.events(spark)
    window = f.window("time", "10 minutes")
    parts = "100 div value AS part", "100 div nullif(value, 0) AS part"
    broken, mended = (
        read.selectExpr("time", part).groupBy(window).agg(f.sum("part"))
        for part in parts
    )
    answer = [failure(broken, folder)]
    return answer + run_batches(mended, folder)
