"""Aggregation: bits, products and approximate distinct counts."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 12}, {"k": 1, "v": 10}, {"k": 2, "v": None})
    rows.add({"k": 1, "v": 8}, {"k": 1, "v": 12})
    rows.read(spark, "k INT, v BIGINT").createOrReplaceTempView("bit_rows")
    frame = spark.sql(
        "SELECT k, bit_and(v), bit_or(v), bit_xor(v), approx_count_distinct(v),"
        " any_value(k) FROM bit_rows GROUP BY k"
    )
    return run_batches(frame, folder, "update")
