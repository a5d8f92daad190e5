"""Tables: made by `writeTo`."""

from tests.spark.streams import outcome

ONE, TWO = "table_write_to_one", "table_write_to_two"


def run(spark, folder):
    frame = spark.sql("SELECT 1 AS a, 'x' AS b")
    try:
        return [
            outcome(lambda: frame.writeTo(ONE).create()),
            outcome(lambda: frame.writeTo(ONE).create()),
            outcome(
                lambda: frame.writeTo(TWO).using("json").partitionedBy("b").create()
            ),
            outcome(lambda: frame.writeTo("table_write_to_none").append()),
            [[*row] for row in spark.table(ONE).collect()],
            spark.table(TWO).schema.simpleString(),
            [[*row] for row in spark.table(TWO).collect()],
        ]
    finally:
        for name in (ONE, TWO):
            spark.sql(f"DROP TABLE IF EXISTS {name}")
