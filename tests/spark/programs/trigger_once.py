"""Triggers: once takes all there is in a batch, whatever the limit; then again."""

from tests.spark.streams import ONCE, Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    rows.add({"k": "b"}, {"k": "a"})
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    first = run_batches(frame, folder, "update", trigger=ONCE)
    nothing = run_batches(frame, folder, "update", trigger=ONCE)
    rows.add({"k": "b"})
    return first + nothing + run_batches(frame, folder, "update", trigger=ONCE)
