"""Restart: other aggregates are refused, each by name."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "n": 1})
    grouped = rows.read(spark, "k STRING, n INT").groupBy("k")
    kept = grouped.agg(f.count("*"), f.max("n"))
    answer = run_batches(kept, folder, "update")
    rows.add({"k": "a", "n": 2})
    changes = {
        "one less": [f.count("*")],
        "one more": [f.count("*"), f.max("n"), f.min("n")],
        "another order": [f.max("n"), f.count("*")],
        "another type": [f.count("*"), f.max("k")],
        "average": [f.count("*"), f.avg("n")],
        "list": [f.count("*"), f.collect_list("n")],
    }
    for name, calls in changes.items():
        answer.append([name, *failure(grouped.agg(*calls), folder, "update")])
    return answer + run_batches(kept, folder, "update")
