"""Join: doubles as keys; NaN equals NaN and minus nought equals nought."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"a": 1.5, "l": 1}, {"a": -0.0, "l": 2}, {"l": 3}, {"a": "NaN", "l": 4})
    right.add({"b": 0.0, "r": 1}, {"b": "NaN", "r": 2}, {"r": 3})
    left.add({"a": 0.0, "l": 5}, {"a": "Infinity", "l": 6})
    right.add({"b": 1.5, "r": 4}, {"b": -0.0, "r": 5}, {"b": "-Infinity", "r": 6})
    lefts = left.read(spark, "a DOUBLE, l INT")
    rights = right.read(spark, "b DOUBLE, r INT")
    floats = right.read(spark, "b FLOAT, r INT")
    return [
        *run_batches(lefts.join(rights, f.expr("a = b")), folder, name="double"),
        *run_batches(lefts.join(floats, f.expr("a = b")), folder, name="float"),
    ]
