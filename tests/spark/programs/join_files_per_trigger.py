"""Join: several files a batch, and all at once."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    for minute in (1, 3, 20, 40, 21):
        pair.add(f"{minute} a, {minute + 1} b", f"{minute + 2} a, {minute} c")
    answer = []
    for left, right in ((2, 1), (3, 10), (10, 10)):
        lefts = pair.left(maxFilesPerTrigger=left)
        rights = pair.right(maxFilesPerTrigger=right)
        frame = lefts.join(rights, f.expr(NEAR), "full_outer")
        answer += run_batches(frame, folder, name=f"{left}-{right}")
    return answer
