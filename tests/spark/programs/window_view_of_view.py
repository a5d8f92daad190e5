"""Windows: of a view of a view, with a watermark in between."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(3, 40))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    read.createOrReplaceTempView("first_view")
    halves = spark.sql(
        "SELECT time AS t, value / 2 AS half FROM first_view WHERE value <> 2"
    )
    halves.withWatermark("t", "10 minutes").createOrReplaceTempView("second_view")
    frame = spark.sql("""
        SELECT w.start, total FROM (
            SELECT window(t, '10 minutes') AS w, sum(half) AS total
            FROM second_view GROUP BY w
        )
    """)
    return run_batches(frame, folder)
