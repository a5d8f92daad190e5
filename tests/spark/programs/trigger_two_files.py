"""Triggers: two files a batch, the newest input last."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for number in range(5):
        rows.add({"n": number}, {"n": -number})
    frame = rows.read(spark, "n INT", maxFilesPerTrigger=2)
    return run_batches(frame, folder)
