"""Joins: few columns of what is joined, or none."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    both = orders(spark, folder).join(names(spark), "k", "left")
    frames = {
        "of table": both.select("name"),
        "of stream": both.select("v"),
        "constant": both.select(f.lit(1).alias("one")),
        "swapped": both.select("name", "v", "k"),
        "computed": both.select(f.concat_ws("-", "k", "name", "v").alias("all")),
    }
    answer = each(frames, folder)
    counted = both.agg(f.count("*"))
    return answer + each({"counted": counted}, folder, "complete")
