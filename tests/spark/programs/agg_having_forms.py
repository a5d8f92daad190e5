"""Aggregation: HAVING by what is not chosen, without keys, and where."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 9})
    rows.add({"k": "a", "v": 4}, {"k": None, "v": 2})
    rows.add({"k": "c", "v": 5}, {"k": "b", "v": -20})
    rows.read(spark, "k STRING, v INT").createOrReplaceTempView("having_forms")
    queries = {
        "hidden": "SELECT k FROM having_forms GROUP BY k HAVING max(v) > 4",
        "key": "SELECT k, count(*) FROM having_forms GROUP BY k HAVING k <> 'a'",
        "alias": "SELECT k, sum(v) AS s FROM having_forms GROUP BY k HAVING s > 2",
        "global": "SELECT sum(v) FROM having_forms HAVING count(*) > 2",
        "where": "SELECT * FROM (SELECT k, avg(v) AS m FROM having_forms GROUP BY k)"
        " WHERE m < 5",
    }
    answer = []
    for name, query in queries.items():
        answer += run_batches(spark.sql(query), folder, "update", name=name)
    return answer
