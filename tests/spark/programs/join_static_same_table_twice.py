"""Joins: one table joined twice, and with itself."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names
from tests.spark.streams import Input


def run(spark, folder):
    rows = Input(folder)
    rows.add({"src": "a", "dst": "c"}, {"src": "b", "dst": "a"})
    rows.add({"src": "c", "dst": "d"}, {"src": "d"})
    read = rows.read(spark, "src STRING, dst STRING")
    table = names(spark)
    first, second = table.alias("s"), table.alias("t")
    twice = read.join(first, f.col("src") == f.col("s.k"), "left")
    twice = twice.join(second, f.col("dst") == f.col("t.k"), "left")
    pairs = first.join(second, f.col("s.k") == f.col("t.k"))
    pairs = pairs.select(
        f.col("s.k").alias("k"), f.col("s.name"), f.col("t.name").alias("other")
    )
    again = (
        read.join(table, read.src == table.k)
        .drop("k")
        .join(table, f.col("dst") == table.k)
    )
    frames = {
        "twice": twice.select("src", "dst", "s.name", "t.name"),
        "with itself": read.join(pairs, read.src == pairs.k),
        "same frame": again,
    }
    return each(frames, folder)
