"""Triggers: availableNow over an empty folder ends without a batch."""

from pathlib import Path

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    Path(rows.path).mkdir()
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    nothing = run_batches(frame, folder, "complete")
    rows.add({"k": "a"})
    first = run_batches(frame, folder, "complete")
    return nothing + first + run_batches(frame, folder, "complete")
