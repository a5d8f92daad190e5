"""Stateless: conditions, and functions made for nulls."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": 1, "b": None, "s": "x"}, {"a": None, "b": 2.5, "s": None})
    rows.add({"a": None, "b": None, "s": ""}, {"a": 5, "b": 5.0, "s": "5"})
    frame = rows.read(spark, "a INT, b DOUBLE, s STRING").selectExpr(
        "CASE WHEN a > 2 THEN 'big' WHEN a IS NULL THEN 'none' END AS size",
        "CASE a WHEN 1 THEN 1.5 ELSE b END AS picked",
        "if(a > b, a, b)",
        "coalesce(a, b, -1)",
        "nullif(a, 5)",
        "nvl2(a, s, 'no')",
        "ifnull(b, 0)",
        "greatest(a, b, 3)",
        "least(a, b)",
        "nanvl(b, 0D)",
        "isnull(s) OR isnotnull(a)",
        "equal_null(a, b)",
        "try_cast(s AS INT)",
        "try_divide(a, 0)",
        "typeof(coalesce(a, b))",
    )
    return run_batches(frame, folder)
