"""Joins: SQL that joins a table and then aggregates."""

from tests.spark.static_joins import names, timed
from tests.spark.streams import run_batches

QUERY = """
SELECT window.start AS start, coalesce(name, 'nobody') AS who, count(*) AS n
FROM timed LEFT JOIN names USING (k)
GROUP BY window(time, '10 minutes'), coalesce(name, 'nobody')
"""


def run(spark, folder):
    timed(spark, folder).createOrReplaceTempView("timed")
    names(spark).createOrReplaceTempView("names")
    having = spark.sql(f"SELECT who, n FROM ({QUERY}) WHERE n > 1")
    return [
        *run_batches(spark.sql(QUERY), folder, "append", "append"),
        *run_batches(spark.sql(QUERY), folder, "update", "update"),
        *run_batches(having, folder, "complete", "having"),
    ]
