"""Stateless: decimals, their precision and their scale."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"p": 12.345, "q": "0.10", "n": 3}, {"p": None, "q": "1", "n": 2})
    rows.add({"p": -99999.999, "q": "-7.25", "n": 7})
    schema = "p DECIMAL(10, 3), q STRING, n BIGINT"
    frame = rows.read(spark, schema).selectExpr(
        "p + 1 AS plus",
        "p * 2.50 AS times",
        "p / n AS parts",
        "p / 7 AS sevenths",
        "p % 5 AS rest",
        "round(p, 1)",
        "floor(p)",
        "ceil(p)",
        "cast(q AS DECIMAL(6, 1)) AS short",
        "p > 12.3 AS more",
        "cast(p AS DOUBLE) AS wide",
        "cast(p AS INT) AS whole",
        "-p AS minus",
        "n * 1.5 AS half",
    )
    return run_batches(frame, folder)
