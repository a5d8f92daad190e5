"""Joins: a file of the table that is written anew between batches."""

import json
from pathlib import Path

from tests.spark.streams import Input, batches, finish, keep


def run(spark, folder):
    rows = Input(folder)
    for value in range(3):
        rows.add({"k": "a", "v": value}, {"k": "b", "v": value})
    table = Path(folder, "table")
    table.mkdir()
    write(table / "0.json", 0)
    static = spark.read.schema("k STRING, name STRING").json(str(table))
    read = rows.read(spark, "k STRING, v INT")
    answers = Path(folder, "answers")
    answers.mkdir()
    writer = read.join(static, "k", "left").writeStream.foreachBatch(
        change(answers, table / "0.json")
    )
    writer = writer.option("checkpointLocation", f"{folder}/checkpoint")
    query = writer.trigger(availableNow=True).start()
    finish(query)
    return batches(query, answers)


def change(answers, file):
    take = keep(answers, False)

    def take_and_change(frame, batch_id):
        take(frame, batch_id)
        write(file, batch_id + 1)

    return take_and_change


def write(file, number):
    row = {"k": "a" if number < 2 else "b", "name": f"name {number}"}
    file.write_text(json.dumps(row) + "\n")
