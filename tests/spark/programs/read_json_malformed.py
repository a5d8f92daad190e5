"""JSON: lines that are not what the schema says, in each mode."""

from tests.spark.streams import Input, batches, finish, outcome, run_batches, start

LINES = """{"a": 1, "b": "x"}
{"a": "1", "b": 2}
{"a": 1.7}
{"a": 3, "b": {"c":[1,2.50]}}
not json
{"a": 5
[{"a": 6}, {"a": 7}]
{"a": 8, "a": 9}
{"A": 10}
{"a": null, "other": true}
{}

{"a": 99999999999}
"x"
{"a": 11} trailing
"""


def run(spark, folder):
    rows = Input(folder)
    rows.add_text(LINES)
    rows.add({"a": 12})
    kept = rows.read(
        spark,
        "a INT, b STRING, broken STRING",
        columnNameOfCorruptRecord="broken",
    )
    dropped = rows.read(spark, "a INT, b STRING", mode="DROPMALFORMED")
    failing = rows.read(spark, "a INT, b STRING", mode="FAILFAST")
    query, found = start(failing, folder, name="failing")
    return [
        *run_batches(kept, folder, name="kept"),
        *run_batches(dropped, folder, name="dropped"),
        outcome(lambda: finish(query)),
        *batches(query, found),
    ]
