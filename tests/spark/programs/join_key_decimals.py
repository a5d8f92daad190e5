"""Join: decimals of different scales as keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"a": 1.5, "l": 1}, {"a": -2.25, "l": 2}, {"l": 3}, {"a": 0.0, "l": 4})
    right.add({"b": 1.50, "r": 1}, {"b": 12345.678, "r": 2}, {"r": 3})
    left.add({"a": 12345.68, "l": 5}, {"a": 1.50, "l": 6})
    right.add({"b": -2.25, "r": 4}, {"b": 0, "r": 5})
    lefts = left.read(spark, "a DECIMAL(10,2), l INT")
    rights = right.read(spark, "b DECIMAL(12,3), r INT")
    frame = lefts.join(rights, f.expr("a = b"))
    whole = lefts.join(rights.selectExpr("CAST(b AS INT) b", "r"), f.expr("a = b"))
    return [
        *run_batches(frame, folder, name="decimals"),
        *run_batches(whole, folder, name="whole"),
    ]
