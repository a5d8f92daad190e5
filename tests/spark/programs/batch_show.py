"""Batch: the very text of show and printSchema."""

import contextlib
import io


def printed(action):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        action()
    return text.getvalue().split("\n")


def run(spark, folder):
    frame = spark.createDataFrame(
        [(1, 1.0, "a", True), (2, 1e20, "a rather long string indeed", None)],
        "id BIGINT, value DOUBLE, word STRING, flag BOOLEAN",
    )
    grouped = frame.groupBy("flag").count().orderBy("flag")
    return [
        *printed(frame.orderBy("id").show),
        *printed(lambda: frame.orderBy("id").show(1)),
        *printed(lambda: frame.orderBy("id").show(truncate=False)),
        *printed(lambda: frame.orderBy("id").show(vertical=True)),
        *printed(grouped.show),
        *printed(frame.filter("id > 5").show),
        *printed(frame.printSchema),
        *printed(spark.sql("SELECT 1e-5D, 0.1F + 0.2F, 100000000D, -0D").show),
    ]
