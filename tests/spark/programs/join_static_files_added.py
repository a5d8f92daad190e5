"""Joins: files that come while a query runs, and the query after."""

import json
from pathlib import Path

from tests.spark.streams import Input, batches, finish, keep


def run(spark, folder):
    rows = Input(folder)
    for value in range(3):
        rows.add({"k": "a", "v": value}, {"k": "b", "v": value})
    table = Path(folder, "table")
    table.mkdir()
    write(table, 0)
    answer = answers_of(spark, folder, rows, table, "first")
    rows.add({"k": "b", "v": 9})
    return answer + answers_of(spark, folder, rows, table, "second")


def answers_of(spark, folder, rows, table, name):
    static = spark.read.schema("k STRING, name STRING").json(str(table))
    read = rows.read(spark, "k STRING, v INT")
    answers = Path(folder, name)
    answers.mkdir()
    both = read.join(static, "k", "left")
    writer = both.writeStream.foreachBatch(add_after(answers, table))
    writer = writer.option("checkpointLocation", f"{folder}/checkpoint")
    query = writer.trigger(availableNow=True).start()
    finish(query)
    return batches(query, answers)


def add_after(answers, table):
    take = keep(answers, False)

    def take_and_add(frame, batch_id):
        take(frame, batch_id)
        write(table, batch_id + 1)

    return take_and_add


def write(table, number):
    row = {"k": "b" if number else "a", "name": f"name {number}"}
    (table / f"{number}.json").write_text(json.dumps(row) + "\n")
