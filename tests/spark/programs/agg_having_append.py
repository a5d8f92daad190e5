"""Aggregation, append: HAVING over groups that are final."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 11))
    rows.add(*at(12, 40))
    rows.add(*at(60))
    rows.events(spark).createOrReplaceTempView("having_late")
    frame = spark.sql("""
        SELECT window.end, count(*) AS n FROM having_late
        GROUP BY window(time, '10 minutes') HAVING sum(value) > 10
    """)
    return run_batches(frame, folder, "append")
