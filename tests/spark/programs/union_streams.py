"""Union: two streams, each at its own pace, and numbers for each."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right", "text")
    for number in range(3):
        left.add({"s": f"left {number}", "n": number})
    right.add_text("one\ntwo\n")
    texts = right.read(spark, "value STRING").selectExpr("value AS s", "-1 AS n")
    frame = left.read(spark, "s STRING, n INT").union(texts)
    return run_batches(frame, folder)
