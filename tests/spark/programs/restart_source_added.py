"""Restart: one more source, or one less, is refused."""

from tests.spark.streams import Input, failure, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add({"k": "a"})
    right.add({"k": "b"})
    one = left.read(spark, "k STRING")
    two = one.union(right.read(spark, "k STRING"))
    answer = run_batches(one.groupBy("k").count(), folder, "update", name="one")
    answer += run_batches(two.groupBy("k").count(), folder, "update", name="two")
    left.add({"k": "c"})
    refused = [
        failure(two.groupBy("k").count(), folder, "update", name="one") != ["done"],
        failure(one.groupBy("k").count(), folder, "update", name="two") != ["done"],
    ]
    answer.append(refused)
    return answer + run_batches(two.groupBy("k").count(), folder, "update", name="two")
