"""SQL over streams: windows in GROUP BY, their fields in SELECT, named arguments."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 4, 11))
    rows.add(*at(40))
    marked = rows.read(spark, "time TIMESTAMP, value INT").withWatermark(
        "time", "10 minutes"
    )
    marked.createOrReplaceTempView("marked_rows")
    frame = spark.sql(
        "SELECT window.start AS begins, window.end AS ends, count(*) AS n,"
        " sum(value) AS total FROM marked_rows WHERE value > :least"
        " GROUP BY window(time, '10 minutes')",
        args={"least": 1},
    )
    return run_batches(frame, folder, "append")
