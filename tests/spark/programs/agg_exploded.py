"""Aggregation: of items of arrays, as in counting words."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"line": "a b a"}, {"line": ""})
    rows.add({"line": "b  c"}, {"line": None})
    words = rows.read(spark, "line STRING").select(
        f.explode(f.split("line", " ")).alias("word")
    )
    counted = words.where("word <> ''").groupBy("word").count()
    return run_batches(
        counted.selectExpr("word AS w", "count * 2 AS n"), folder, "update"
    )
