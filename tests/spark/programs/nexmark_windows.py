"""Nexmark: the queries of the last seconds."""

from tests.spark.nexmark import answers

QUERIES = ("q7", "q8", "q11")


def run(spark, folder):
    return answers(spark, folder, QUERIES)
