"""Watermark: set before a view, used by SQL over it."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(13, 50))
    rows.events(spark).createOrReplaceTempView("marked_rows")
    frame = spark.sql("""
        WITH recent AS (
            SELECT time AS t, value * 2 AS v FROM marked_rows WHERE value > 1
        )
        SELECT window(t, '10 minutes').end AS until, sum(v) AS total
        FROM recent GROUP BY window(t, '10 minutes')
    """)
    return run_batches(frame, folder)
