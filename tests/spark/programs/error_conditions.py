"""Errors: the class and condition of what a user runs into first."""

from pyspark.errors import PySparkException

QUERIES = (
    "SELECT 1 / 0",
    "SELECT cast('x' AS INT)",
    "SELECT 2147483647 + 1",
    "SELECT 9223372036854775807 + 1L",
    "SELECT missing FROM numbers",
    "SELECT * FROM nowhere",
    "SELECT id, count(*) FROM numbers",
    "SELECT (1",
    "SELECT no_such_function(1)",
    "SELECT id FROM numbers WHERE id",
    "SELECT cast(300 AS TINYINT)",
    "SELECT to_timestamp('abc')",
)


def outcome(spark, query):
    try:
        return [query, "rows", len(spark.sql(query).collect())]
    except PySparkException as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        kind = next(
            (
                name
                for name in (
                    "ParseException",
                    "AnalysisException",
                    "ArithmeticException",
                    "NumberFormatException",
                    "DateTimeException",
                )
                if name in kinds
            ),
            "other",
        )
        return [query, kind, error.getCondition(), error.getSqlState()]


def run(spark, folder):
    spark.range(3).createOrReplaceTempView("numbers")
    return [outcome(spark, query) for query in QUERIES]
