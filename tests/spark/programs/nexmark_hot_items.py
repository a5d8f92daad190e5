"""Nexmark: the hot items, counts joined with the highest of them."""

from tests.spark.nexmark import answers

QUERIES = ("q5",)


def run(spark, folder):
    return answers(spark, folder, QUERIES)
