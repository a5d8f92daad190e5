"""Join: into a table in memory."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.rows import plain
from tests.spark.streams import finish


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("60 x", "60 x")
    frame = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    writer = frame.writeStream.format("memory").queryName("join_memory_table")
    finish(writer.trigger(availableNow=True).start())
    rows = spark.table("join_memory_table").orderBy("l", "r").collect()
    return [plain(list(row)) for row in rows]
