"""Tables: written by batches in every mode, by name and by place."""

from tests.spark.streams import outcome

TABLE = "table_batch_writes"


def run(spark, folder):
    def rows():
        table = spark.table(TABLE)
        found = sorted([*row] for row in table.collect())
        return [table.schema.simpleString(), *found]

    def save(query, mode):
        return outcome(lambda: spark.sql(query).write.mode(mode).saveAsTable(TABLE))

    try:
        return [
            save("SELECT 'x' AS k, 1 AS v", "error"),
            save("SELECT 'y' AS k, 2 AS v", "error"),
            save("SELECT 'y' AS k, 2 AS v", "ignore"),
            rows(),
            save("SELECT 3 AS v, 'by name' AS k", "append"),
            save("SELECT 4L AS v, 'from long' AS k", "append"),
            rows(),
            outcome(
                lambda: spark.sql("SELECT 'place' AS a, 5 AS b").write.insertInto(TABLE)
            ),
            rows(),
            outcome(
                lambda: spark.sql("SELECT 'only' AS a, 6 AS b").write.insertInto(
                    TABLE, overwrite=True
                )
            ),
            rows(),
            outcome(lambda: spark.table(TABLE).write.insertInto(TABLE)),
            rows(),
            save("SELECT 1.5D AS w", "overwrite"),
            rows(),
        ]
    finally:
        spark.sql(f"DROP TABLE IF EXISTS {TABLE}")
