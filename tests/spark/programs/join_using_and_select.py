"""Join: columns of either side after a join by names."""

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 b, 2 b")
    pair.add("12 a, 12 c", "12 a, 1 a, 12 d")
    pair.add("60 x", "60 x")
    left = pair.left().withColumnsRenamed({"lt": "time", "lk": "key"})
    right = pair.right().withColumnsRenamed({"rt": "time", "rk": "key"})
    joined = left.join(right, ["time"], "full_outer")
    frame = joined.select("time", left.key, right.key, left.time, right.time, "l", "r")
    return run_batches(frame, folder)
