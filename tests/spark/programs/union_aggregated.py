"""Union: counted together; columns by name, one of them missing on a side."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"k": "a", "n": 1}, {"k": "b", "n": 2})
    right.add({"k": "a"}, {"k": "c"})
    left.add({"k": "a", "n": 3})
    both = left.read(spark, "k STRING, n INT").unionByName(
        right.read(spark, "k STRING"), allowMissingColumns=True
    )
    frame = both.groupBy("k").agg({"n": "sum", "*": "count"})
    return run_batches(frame, folder, "update")
