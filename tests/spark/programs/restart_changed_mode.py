"""Restart: the same state in another output mode."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    answer = []
    for mode in ("complete", "update", "complete"):
        rows.add({"k": "a"}, {"k": mode})
        answer += run_batches(frame, folder, mode)
    return answer
