"""Joins: filters above a join, of either side."""

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    both = orders(spark, folder).join(names(spark), "k", "left")
    frames = {
        "of table": both.where("name = 'Ada'"),
        "without": both.where("name IS NULL").select("k", "v"),
        "of stream": both.where("v > 1"),
        "of both": both.where("length(name) > v OR name IS NULL"),
        "never": both.where("name = 'Ada' AND v > 9"),
        "may fail": both.where("k = 'c' AND 1 / (v - 5 + length(name)) > 0"),
    }
    return each(frames, folder)
