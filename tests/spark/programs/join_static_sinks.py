"""Joins: joined rows in a file sink and in a table of memory."""

from tests.spark.static_joins import names, orders
from tests.spark.streams import finish


def run(spark, folder):
    both = orders(spark, folder).join(names(spark), "k", "left")
    query = both.writeStream.format("parquet").option("path", f"{folder}/out")
    query = query.option("checkpointLocation", f"{folder}/files").trigger(
        availableNow=True
    )
    finish(query.start())
    written = spark.read.parquet(f"{folder}/out").orderBy("v", "name")
    query = both.writeStream.format("memory").queryName("joined_names")
    finish(query.trigger(availableNow=True).start())
    kept = spark.table("joined_names").orderBy("v", "name")
    again = written.join(kept, ["k", "v", "name"]).count()
    return [*map(list, written.collect()), *map(list, kept.collect()), [again]]
