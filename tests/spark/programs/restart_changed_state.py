"""Restart: other keys or aggregates do not fit the state that is there."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, finish, outcome, run_batches, start


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "n": 1})
    read = rows.read(spark, "k STRING, n INT")
    answer = run_batches(read.groupBy("k").count(), folder, "update")
    rows.add({"k": "b", "n": 2})
    changes = {
        "another key": read.groupBy("n").count(),
        "one more key": read.groupBy("k", "n").count(),
        "another type": read.groupBy("k").agg(f.max("k")),
    }
    for name, changed in changes.items():
        found = outcome(lambda c=changed: finish(start(c, folder, "update")[0]))
        answer.append([name, *found])
    return answer
