"""Aggregation: HAVING lets a group out of the batch in which it comes true."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 9})
    rows.add({"k": "a", "v": 4})
    rows.add({"k": "a", "v": -9}, {"k": "c", "v": 5})
    rows.read(spark, "k STRING, v INT").createOrReplaceTempView("having_rows")
    frame = spark.sql(
        "SELECT k, sum(v) AS total FROM having_rows GROUP BY k"
        " HAVING sum(v) > 4 AND count(*) < 3"
    )
    return run_batches(frame, folder, "update", name="update") + run_batches(
        frame, folder, "complete", name="complete"
    )
