"""Deduplication: columns that are not chosen above it still count."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": 1}, {"a": 1, "b": 2})
    rows.add({"a": 1, "b": 2}, {"a": 2, "b": 1})
    read = rows.read(spark, "a INT, b INT")
    return [
        *run_batches(read.distinct().select("a"), folder, name="above"),
        *run_batches(read.select("a").distinct(), folder, name="below"),
        *run_batches(read.distinct().where("b > 1"), folder, name="filter"),
        *run_batches(
            read.dropDuplicates(["a"]).selectExpr("a + 1"), folder, name="expr"
        ),
    ]
