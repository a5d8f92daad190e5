"""Join: no rows on one side for some batches, or for ever."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    answer = []
    for empty in ("left", "right"):
        pair = Pair(spark, folder, empty)
        for minute in (1, 20, 60):
            text = f"{minute} a, {minute + 1} b"
            pair.add(*(("", text) if empty == "left" else (text, "")))
        pair.add("50 b, 51 a", "52 a, 61 b")
        pair.add("", "")
        pair.add("90 a", "90 a")
        for kind in ("left_outer", "right_outer"):
            frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
            answer += run_batches(frame, folder, name=f"{empty}-{kind}")
    return answer
