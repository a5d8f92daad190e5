"""Aggregation: arithmetic of times over their least and greatest."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30, k=1), *at(5, k=2))
    rows.add(*at(125, k=1), {"k": 2})
    rows.read(spark, "time TIMESTAMP, value INT, k INT").createOrReplaceTempView(
        "agg_times"
    )
    frame = spark.sql("""
        SELECT k, max(time) - min(time) AS span, max(cast(time AS DATE)) AS day,
            unix_seconds(max(time)) AS seconds, date_trunc('HOUR', min(time)) AS hour,
            avg(unix_seconds(time)) AS middle
        FROM agg_times GROUP BY k
    """)
    return run_batches(frame, folder, "update")
