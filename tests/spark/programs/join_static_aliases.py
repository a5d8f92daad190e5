"""Joins: columns named by the aliases of both sides."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder).alias("o")
    table = names(spark).alias("n")
    both = read.join(table, f.col("o.k") == f.col("n.k"), "left")
    frames = {
        "all": both,
        "of one": both.select("n.*", "o.v"),
        "keys": both.select(f.col("o.k").alias("mine"), f.col("n.k").alias("theirs")),
        "dropped": both.drop(f.col("n.k")).select("k", "v", "name"),
        "where": both.where("n.name IS NULL").select("o.*"),
        "using": read.join(table, "k", "left").select("o.k", "n.name", "k"),
    }
    return each(frames, folder)
