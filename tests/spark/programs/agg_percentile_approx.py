"""Aggregation: approximate percentiles of few values are values of them."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": v % 2, "v": v} for v in range(0, 20, 3)))
    rows.add(*({"k": v % 2, "v": v} for v in range(20, 60, 7)), {"k": 2})
    rows.read(spark, "k INT, v BIGINT").createOrReplaceTempView("approx_rows")
    frame = spark.sql("""
        SELECT k, percentile_approx(v, 0.5), approx_percentile(v, 0.9, 1000) AS high,
            percentile_approx(v, array(0.0, 0.25, 1.0), 100) AS several
        FROM approx_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
