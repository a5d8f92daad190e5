"""Restart: an edited filter keeps the groups that are there."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 5})
    read = rows.read(spark, "k STRING, v INT")
    answer = run_batches(read.where("v > 2").groupBy("k").count(), folder, "update")
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 9}, {"k": "c", "v": 3})
    answer += run_batches(read.where("v < 4").groupBy("k").count(), folder, "update")
    rows.add({"k": "b", "v": 100})
    return answer + run_batches(read.groupBy("k").count(), folder, "update")
