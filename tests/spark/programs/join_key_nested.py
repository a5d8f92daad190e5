"""Join: structs, arrays and bytes as keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    first = {"s": {"a": 1, "b": "x"}, "v": [1, 2], "y": "AAE="}
    second = {"s": {"a": 1, "b": None}, "v": [1, None], "y": "AA=="}
    left.add({**first, "l": 1}, {**second, "l": 2}, {"l": 3})
    right.add({**second, "r": 1}, {"r": 2}, {"s": {}, "v": [], "y": "", "r": 3})
    left.add({"s": {}, "v": [], "y": "", "l": 4})
    right.add({**first, "r": 4}, {**first, "v": [2, 1], "r": 5})
    schema = "s STRUCT<a: INT, b: STRING>, v ARRAY<INT>, y BINARY"
    answer = []
    for name in ("s", "v", "y"):
        lefts = left.read(spark, f"{schema}, l INT").selectExpr(f"{name} a", "l")
        rights = right.read(spark, f"{schema}, r INT").selectExpr(f"{name} b", "r")
        frame = lefts.join(rights, f.expr("a = b"))
        answer += run_batches(frame, folder, name=name)
    return answer
