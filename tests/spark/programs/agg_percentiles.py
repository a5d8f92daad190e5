"""Aggregation: exact percentiles, with weights and several at once."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 10, "w": 1}, {"k": 1, "v": 20, "w": 3}, {"k": 2, "v": None})
    rows.add({"k": 1, "v": 40, "w": 0}, {"k": 2, "v": -5, "w": 2})
    rows.add({"k": 1, "v": None, "w": 9}, {"k": 2, "v": 6, "w": 1})
    rows.read(spark, "k INT, v INT, w INT").createOrReplaceTempView("percent_rows")
    frame = spark.sql("""
        SELECT k, percentile(v, 0.5), percentile(v, array(0, 0.25, 1)) AS several,
            percentile(v, 0.5, w) AS weighted, median(v)
        FROM percent_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
