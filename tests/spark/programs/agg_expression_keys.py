"""Aggregation: keys and results that are expressions, with Spark's names."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"w": "Apple", "n": 3}, {"w": "apricot", "n": 5}, {"w": "Bean", "n": 1})
    rows.add({"w": "avocado", "n": 7}, {"w": None, "n": 2})
    read = rows.read(spark, "w STRING, n INT")
    frame = read.groupBy(f.lower(f.substring("w", 1, 1)), f.expr("n % 2 = 0")).agg(
        f.expr("sum(n * 2) + 1"),
        f.expr("max(length(w)) - min(length(w)) AS spread"),
        f.expr("concat('n', count(*))"),
    )
    return run_batches(frame, folder, "update")
