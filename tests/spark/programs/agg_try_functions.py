"""Aggregation: sums and averages that give null where they overflow."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    top = 9223372036854775807
    rows.add({"k": 1, "v": top, "n": 9e9}, {"k": 2, "v": top, "n": 1})
    rows.add({"k": 1, "v": 1, "n": 1}, {"k": 2, "v": -1, "n": None})
    rows.read(spark, "k INT, v BIGINT, n DECIMAL(10, 0)").createOrReplaceTempView(
        "try_rows"
    )
    frame = spark.sql("""
        SELECT k, try_sum(v), try_avg(v), try_sum(n), try_avg(n),
            try_sum(cast(n AS DECIMAL(38, 0)) * 9999999999999999999999999999)
        FROM try_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
