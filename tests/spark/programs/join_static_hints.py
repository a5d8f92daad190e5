"""Joins: hints about how to join change no row."""

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders

HINTS = ("broadcast", "merge", "shuffle_hash", "shuffle_replicate_nl")


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    frames = {hint: read.join(table.hint(hint), "k", "left") for hint in HINTS}
    frames["function"] = read.join(f.broadcast(table), "k", "left")
    frames["of stream"] = f.broadcast(read).join(table, "k")
    frames["renamed"] = read.join(f.broadcast(table).alias("n"), "k").select(
        "n.name", "v"
    )
    return each(frames, folder)
