"""Files: the hidden column _metadata tells a row's file."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1}, {"n": 2})
    rows.add({"n": 3})
    frame = rows.read(spark, "n INT").selectExpr(
        "n",
        "_metadata.file_name",
        "_metadata.file_size",
        "_metadata.file_modification_time",
    )
    return run_batches(frame, folder)
