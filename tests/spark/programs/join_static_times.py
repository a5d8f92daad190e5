"""Joins: the current time is the batch's on both sides."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder).withColumn("here", f.current_timestamp())
    table = names(spark).withColumn("there", f.current_timestamp())
    both = read.join(table, "k").withColumn("above", f.current_timestamp())
    equal = both.selectExpr("k", "name", "here = there AND there = above AS same")
    by_time = read.join(table, [read.k == table.k, read.here == table.there])
    return each({"equal": equal, "key": by_time.select("name")}, folder)
