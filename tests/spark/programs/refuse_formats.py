"""Refused: formats there are not, and those that make no stream."""

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1})
    answer = []
    for name in ("avro", "jdbc", "nonsense", "console", "memory", "noop", "kafka"):
        stream = spark.readStream.format(name).schema("n INT")
        batch = spark.read.format(name).schema("n INT")
        for kind, reader in (("stream", stream), ("batch", batch)):
            error = outcome(lambda r=reader: r.load(rows.path).schema)
            answer.append([name, kind, "is refused", error != ["done"]])
    for name in ("JSON", "Json", "BINARYFILE", "ORC"):
        reader = spark.read.format(name).schema("n INT")
        answer.append([name, *outcome(lambda r=reader: r.load(rows.path).schema)])
    return answer
