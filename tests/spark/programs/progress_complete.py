"""Progress: in complete mode every group counts as it is touched."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1}, {"k": 2}, {"k": 1})
    rows.add({"k": 2})
    rows.add({"k": None})
    frame = rows.read(spark, "k INT").groupBy("k").count().where("count > 1")
    return run_batches(frame, folder, "complete")
