"""Join: rows behind the batch's watermark but not the last one's go out at once."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a", "1 a")
    pair.add("60 b", "60 b")
    pair.add("20 c, 21 d, 49 e, 44 e", "22 d, 20 f, 50 g, 44 g")
    pair.add("20 h, 50 i, 51 i", "20 i, 50 i, 51 k")
    pair.add("99 a", "99 a")
    answer = []
    for kind in ("inner", "left_outer", "full_outer"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
