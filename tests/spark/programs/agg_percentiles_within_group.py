"""Aggregation: percentiles by an order that the query names."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 1.5}, {"k": 1, "v": 9.0}, {"k": 2, "v": 3.0})
    rows.add({"k": 1, "v": 2.5}, {"k": 1, "v": None}, {"k": 2, "v": 5.0})
    rows.read(spark, "k INT, v DOUBLE").createOrReplaceTempView("within_rows")
    frame = spark.sql("""
        SELECT k, percentile_cont(0.4) WITHIN GROUP (ORDER BY v) AS cont,
            percentile_cont(0.4) WITHIN GROUP (ORDER BY v DESC) AS cont_down,
            percentile_disc(0.4) WITHIN GROUP (ORDER BY v) AS disc,
            percentile_disc(0.4) WITHIN GROUP (ORDER BY v DESC) AS disc_down
        FROM within_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
