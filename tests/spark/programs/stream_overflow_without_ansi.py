"""Stateless: without ANSI rules, what cannot be is null or wraps."""

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 2147483647, "s": "x"}, {"a": 0, "s": "12"})
    rows.add({"a": -2147483648, "s": "2026-13-01"})
    with setting(spark, "spark.sql.ansi.enabled", "false"):
        frame = rows.read(spark, "a INT, s STRING").selectExpr(
            "a + 1 AS next",
            "10 / a AS quotient",
            "10 % a AS rest",
            "cast(s AS INT) AS number",
            "to_date(s) AS day",
            "array(1, 2)[a] AS item",
            "abs(a) AS absolute",
        )
        return run_batches(frame, folder)
