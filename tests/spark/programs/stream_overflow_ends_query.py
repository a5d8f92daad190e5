"""Stateless: under ANSI rules an overflow ends the query; what was done stays."""

from tests.spark.streams import Input, batches, finish, outcome, start

FAILING = {
    "overflow": "a + 2147483647",
    "division": "10 / (a - 2)",
    "cast": "cast(s AS INT)",
    "index": "array(1, 2)[a + 3]",
    "date": "to_date(s)",
}


def run(spark, folder):
    rows = Input(folder)
    rows.add({"a": -1, "s": None})
    rows.add({"a": 2, "s": "x"})
    rows.add({"a": -1, "s": None})
    answer = []
    for name, expression in FAILING.items():
        frame = rows.read(spark, "a INT, s STRING").selectExpr(f"{expression} AS value")
        query, found = start(frame, folder, name=name)
        answer.append([name, outcome(lambda q=query: finish(q))])
        answer += batches(query, found)
    return answer
