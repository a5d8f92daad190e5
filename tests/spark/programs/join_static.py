"""Joins: a stream with a table that does not change."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": None, "v": 3})
    rows.add({"k": "a", "v": 4}, {"k": "c", "v": 5})
    names = spark.createDataFrame(
        [("a", "Anna"), ("a", "Ada"), ("c", "Cleo"), (None, "nobody")],
        "k STRING, name STRING",
    )
    read = rows.read(spark, "k STRING, v INT")
    answer = []
    for kind in ("inner", "left", "left_semi", "left_anti"):
        answer += run_batches(read.join(names, "k", kind), folder, name=kind)
    counted = names.join(read, "k").groupBy("name").sum("v")
    return answer + run_batches(counted, folder, "update", name="counted")
