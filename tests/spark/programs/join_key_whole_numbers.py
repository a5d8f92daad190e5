"""Join: whole numbers of different types as keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"a": 1, "l": 1}, {"a": -128, "l": 2}, {"l": 3}, {"a": 127, "l": 4})
    right.add({"b": 1, "r": 1}, {"b": 2**40, "r": 2}, {"r": 3})
    left.add({"a": 7, "l": 5})
    right.add({"b": 127, "r": 4}, {"b": -128, "r": 5})
    lefts = left.read(spark, "a TINYINT, l INT")
    answer = []
    for kind in ("SMALLINT", "INT", "BIGINT"):
        rights = right.read(spark, f"b {kind}, r INT")
        frame = lefts.join(rights, f.expr("a = b"))
        answer += run_batches(frame, folder, name=kind)
    return answer
