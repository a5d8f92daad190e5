"""Nexmark: the queries of bids with auctions and people."""

from tests.spark.nexmark import answers

QUERIES = ("q3", "q4", "q6", "q9", "q20", "q23")


def run(spark, folder):
    return answers(spark, folder, QUERIES)
