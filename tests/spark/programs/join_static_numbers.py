"""Joins: ranges of numbers as tables, and computed keys."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    numbers = spark.range(0, 10, 2)
    table = names(spark)
    frames = {
        "range": read.join(numbers, read.v == numbers.id, "left"),
        "modulo": read.join(numbers, read.v % 4 == numbers.id, "left"),
        "computed": read.join(numbers, read.v + 1 == numbers.id / 2, "left"),
        "text": read.join(
            table, f.concat(read.k, f.lit("x")) == f.concat(table.k, f.lit("x"))
        ),
        "case": read.join(
            table, f.upper(read.k) == f.upper(f.substring(table.name, 1, 1)), "left"
        ),
        "constant": read.join(numbers, numbers.id == 4, "left"),
        "two keys": read.join(
            table.withColumn("v", f.length("name")), ["k", "v"], "left_anti"
        ),
    }
    return each(frames, folder)
