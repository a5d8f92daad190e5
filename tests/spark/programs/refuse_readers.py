"""Refused: sources that do not make a stream."""

from pathlib import Path

from tests.spark.streams import Input, finish, outcome, start


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1})
    Path(folder, "empty").mkdir()
    reader = spark.readStream

    def started(name, frame):
        return lambda: finish(start(frame(), folder, name=name)[0])

    frames = {
        "no schema": lambda: reader.json(rows.path),
        "no schema, text": lambda: reader.text(rows.path),
        "missing folder": lambda: reader.schema("n INT").json(f"{folder}/nowhere"),
        "empty folder": lambda: reader.schema("n INT").json(f"{folder}/empty"),
        "files nought": lambda: rows.read(spark, "n INT", maxFilesPerTrigger=0),
        "files a word": lambda: rows.read(spark, "n INT", maxFilesPerTrigger="one"),
        "mode": lambda: rows.read(spark, "n INT", mode="SOMETIMES"),
        "bad schema": lambda: rows.read(spark, "n NUMBER"),
        "text, two columns": lambda: reader.schema("a INT, b INT").text(rows.path),
    }
    return [[name, *outcome(started(name, f))] for name, f in frames.items()]
