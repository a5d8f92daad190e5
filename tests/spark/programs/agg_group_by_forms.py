"""Aggregation: keys by place, by alias, all of them, and hidden ones."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "B", "v": 2})
    rows.add({"k": "A", "v": 3}, {"k": "b", "v": None})
    rows.read(spark, "k STRING, v INT").createOrReplaceTempView("form_rows")
    queries = {
        "place": "SELECT upper(k), sum(v) FROM form_rows GROUP BY 1",
        "alias": "SELECT upper(k) AS u, sum(v) FROM form_rows GROUP BY u",
        "all": "SELECT upper(k) AS u, v % 2 AS o, count(*) FROM form_rows GROUP BY ALL",
        "hidden": "SELECT count(*) AS n FROM form_rows GROUP BY lower(k)",
        "constant": "SELECT 'x' AS x, max(v) FROM form_rows GROUP BY 'x'",
        "distinct": "SELECT DISTINCT upper(k) AS u FROM form_rows",
    }
    answer = []
    for name, query in queries.items():
        answer += run_batches(spark.sql(query), folder, "update", name=name)
    return answer
