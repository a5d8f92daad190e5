"""Joins: a file of the table that is gone ends the query."""

from pathlib import Path

from tests.spark.streams import Input, failure, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    table = Path(folder, "table")
    table.mkdir()
    file = table / "0.json"
    file.write_text('{"k": "a", "name": "Anna"}\n')
    static = spark.read.schema("k STRING, name STRING").json(str(table))
    both = rows.read(spark, "k STRING").join(static, "k", "left")
    answer = [failure(both, folder)]
    file.unlink()
    rows.add({"k": "b"})
    nothing = spark.read.schema("k STRING, name STRING").json(str(table))
    answer.append(
        failure(rows.read(spark, "k STRING").join(nothing, "k", "left"), folder)
    )
    table.rmdir()
    return [*answer, outcome(lambda: again(spark, table).schema)]


def again(spark, table):
    return spark.read.schema("k STRING").json(str(table))
