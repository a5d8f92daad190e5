"""Join: using a column, of each kind; null keys of an outer join."""

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 b, 2 b")
    pair.add("12 a, 12 -", "12 a, 1 a, 12 -")
    pair.add("60 x", "60 x")
    left = pair.left().withColumnsRenamed({"lt": "time", "lk": "key"})
    right = pair.right().withColumnsRenamed({"rt": "time", "rk": "key"})
    answer = []
    for kind in ("inner", "left_outer", "right_outer", "left_semi"):
        frame = left.join(right, ["key", "time"], kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
