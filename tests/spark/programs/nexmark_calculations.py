"""Nexmark: the queries of one event at a time."""

from tests.spark.nexmark import answers

QUERIES = ("q0", "q1", "q2", "q13", "q14", "q21", "q22")


def run(spark, folder):
    return answers(spark, folder, QUERIES)
