"""Deduplication: SELECT DISTINCT and UNION are groups without aggregates."""

from tests.spark.streams import Input, accepted, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "A", "v": 1})
    rows.add({"k": "a", "v": 2}, {"k": "b", "v": 1}, {"k": "b", "v": 3})
    rows.read(spark, "k STRING, v INT").createOrReplaceTempView("dedup_rows")
    queries = {
        "distinct": "SELECT DISTINCT lower(k) AS k, v % 2 AS odd FROM dedup_rows",
        "union": "SELECT k FROM dedup_rows UNION SELECT 'x' || k FROM dedup_rows",
        "filtered": "SELECT * FROM (SELECT DISTINCT k FROM dedup_rows) WHERE k > 'A'",
    }
    answer = []
    for name, query in queries.items():
        answer += run_batches(spark.sql(query), folder, "update", name=name)
    return [*answer, accepted(spark.sql(queries["distinct"]), folder, "append")]
