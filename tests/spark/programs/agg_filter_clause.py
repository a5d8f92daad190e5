"""Aggregation: FILTER, count_if, any and every."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 1, "b": True}, {"k": 1, "v": 12, "b": None})
    rows.add({"k": 1, "v": 30, "b": False}, {"k": 2, "v": None, "b": None})
    rows.read(spark, "k INT, v INT, b BOOLEAN").createOrReplaceTempView("filter_rows")
    frame = spark.sql(
        "SELECT k, count(*) FILTER (WHERE v > 10) AS great,"
        " sum(v) FILTER (WHERE b) AS of_true, count_if(v > 10) AS counted,"
        " any(b), every(b), bool_or(v > 20) FROM filter_rows GROUP BY k"
    )
    return run_batches(frame, folder, "update")
