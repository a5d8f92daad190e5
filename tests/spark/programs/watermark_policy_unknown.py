"""Refused: a policy of watermarks that does not exist."""

from tests.spark.streams import outcome


def run(spark, folder):
    key = "spark.sql.streaming.multipleWatermarkPolicy"
    before = spark.conf.get(key)
    found = outcome(lambda: spark.conf.set(key, "average"))
    spark.conf.set(key, before)
    return [before, found]
