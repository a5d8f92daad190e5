"""Restart: counts go on where they stopped; batch ids go on too."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"}, {"k": "b"})
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    answer = run_batches(frame, folder, "update")
    rows.add({"k": "a"})
    rows.add({"k": "c"})
    answer += run_batches(frame, folder, "update")
    answer += run_batches(frame, folder, "update")
    rows.add({"k": "c"})
    return answer + run_batches(frame, folder, "update")
