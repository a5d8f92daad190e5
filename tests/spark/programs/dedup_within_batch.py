"""Deduplication: of the same rows in one batch, the first in the file's order."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": n % 3, "v": n} for n in range(9)))
    rows.add(*({"k": n % 4, "v": n} for n in range(9)))
    return run_batches(rows.read(spark, "k INT, v INT").dropDuplicates(["k"]), folder)
