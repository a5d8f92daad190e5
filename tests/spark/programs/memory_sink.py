"""Memory sink: append adds to the table, complete replaces it."""

from tests.spark.streams import Input, finish


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1})
    rows.add({"k": "b", "v": 2}, {"k": "a", "v": 3})
    read = rows.read(spark, "k STRING, v INT")
    answer = []
    for mode, frame in (
        ("append", read.selectExpr("k", "v + 1 AS next")),
        ("complete", read.groupBy("k").sum("v")),
        ("update", read.groupBy("k").count()),
    ):
        writer = frame.writeStream.outputMode(mode).format("memory")
        finish(writer.queryName(f"sink_{mode}").trigger(availableNow=True).start())
        table = spark.table(f"sink_{mode}")
        found = sorted(map(list, table.collect()))
        answer.append([mode, table.schema.simpleString(), found])
    return answer
