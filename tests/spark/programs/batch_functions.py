"""Batch: common functions and arithmetic, with their names and types."""


def run(spark, folder):
    frame = spark.createDataFrame(
        [
            (1, "apple", 2.5, "2026-03-06 10:15:30"),
            (2, "Banana split", -0.5, "2025-12-31 23:59:59"),
            (3, None, None, None),
        ],
        "id INT, name STRING, price DOUBLE, at STRING",
    )
    selected = frame.selectExpr(
        "id",
        "id + 1",
        "id / 2",
        "id % 2 = 0",
        "price * 1.5",
        "upper(name)",
        "length(name)",
        "substring(name, 0, 3)",
        "substring(name, -3, 2)",
        "concat(name, '-', id)",
        "coalesce(name, 'none')",
        "abs(price)",
        "round(price, 0)",
        "cast(price AS INT)",
        "cast(id AS STRING)",
        "cast(price AS STRING)",
        "cast(at AS TIMESTAMP)",
        "to_date(at)",
        "year(at)",
        "hour(at)",
        "date_add(to_date(at), 1)",
        "CASE WHEN id > 1 THEN 'many' ELSE 'one' END",
        "name LIKE '%an%'",
        "name IS NULL",
        "id BETWEEN 1 AND 2",
        "id IN (1, 3)",
        "cast(1.10 AS DECIMAL(5, 2)) * cast(2 AS DECIMAL(3, 0))",
    )
    types = [list(pair) for pair in selected.dtypes]
    return types + [list(row) for row in selected.orderBy("id").collect()]
