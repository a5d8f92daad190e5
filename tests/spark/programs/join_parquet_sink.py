"""Join: into parquet files, restarted in between."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.rows import plain
from tests.spark.streams import finish


def run(spark, folder):
    pair = Pair(spark, folder)
    frame = pair.left().join(pair.right(), f.expr(NEAR), "left_outer")
    answer = []
    for left, right in (("1 a, 2 b", "2 a"), ("3 b, 4 c", "4 b"), ("60 x", "60 x")):
        pair.add(left, right)
        writer = frame.writeStream.option("checkpointLocation", f"{folder}/checkpoint")
        finish(writer.trigger(availableNow=True).start(f"{folder}/out"))
        rows = (
            spark.read.schema(frame.schema).parquet(f"{folder}/out").orderBy("l", "r")
        )
        answer.append([plain(list(row)) for row in rows.collect()])
    return answer
