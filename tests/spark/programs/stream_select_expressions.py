"""Stateless: arithmetic, comparisons and nulls, batch by batch."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": 2.5, "c": 9}, {"a": None, "b": -0.0, "c": 0})
    rows.add({"a": 2147483647, "b": 1e300, "c": -9223372036854775807})
    rows.add({"a": -7, "b": None, "c": 3})
    frame = rows.read(spark, "a INT, b DOUBLE, c BIGINT").selectExpr(
        "a",
        "c + 1 AS c1",
        "a % 4",
        "pmod(a, 4) AS pm",
        "a / 2",
        "a div 2",
        "b * 2 AS b2",
        "-c",
        "a > c",
        "a <=> NULL AS eq",
        "a IN (1, NULL)",
        "b BETWEEN 0 AND 3",
        "abs(c) AS absolute",
        "sign(b)",
        "round(b, 0)",
        "bround(2.5) + a AS br",
        "cast(c AS STRING)",
        "cast(a AS DECIMAL(12, 2))",
        "shiftleft(a, 1)",
        "a & 6",
        "hex(c)",
    )
    return run_batches(frame, folder)
