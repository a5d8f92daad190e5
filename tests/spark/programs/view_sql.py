"""SQL over streams: views of views, a subquery, a common table expression."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 5})
    rows.add({"k": "a", "v": 7}, {"k": None, "v": 9})
    rows.read(spark, "k STRING, v INT").createOrReplaceTempView("view_rows")
    spark.sql(
        "SELECT k AS name, v * 2 AS twice FROM view_rows"
    ).createOrReplaceTempView("view_twice")
    chosen = spark.sql("SELECT * FROM view_twice WHERE twice > 9 OR name = 'a'")
    counted = spark.sql(
        "WITH big AS (SELECT name, twice FROM view_twice WHERE twice > 2)"
        " SELECT b.name, count(*) AS n, max(b.twice) FROM (SELECT * FROM big) AS b"
        " GROUP BY ALL"
    )
    return [
        ["streaming", chosen.isStreaming],
        *run_batches(chosen, folder, name="chosen"),
        *run_batches(counted, folder, "update", name="counted"),
    ]
