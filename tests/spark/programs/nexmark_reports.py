"""Nexmark: the queries of days, and of last and highest bids."""

from tests.spark.nexmark import answers

QUERIES = ("q15", "q16", "q17", "q18", "q19")


def run(spark, folder):
    return answers(spark, folder, QUERIES)
