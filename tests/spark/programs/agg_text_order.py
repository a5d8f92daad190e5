"""Aggregation: the least and greatest text is by bytes of UTF-8."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"s": "z"}, {"s": "Z"}, {"s": ""})
    rows.add({"s": "é"}, {"s": "\uffff"}, {"s": None})
    rows.add({"s": "\U0001f600"}, {"s": "zz"})
    frame = rows.read(spark, "s STRING").selectExpr(
        "min(s)", "max(s)", "min(nullif(s, ''))"
    )
    return run_batches(frame, folder, "update")
