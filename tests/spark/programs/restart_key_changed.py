"""Restart: other keys are refused, each by name, and leave the state as it was."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "n": 1, "d": 1.5})
    read = rows.read(spark, "k STRING, n INT, d DOUBLE")
    answer = run_batches(read.groupBy("k", "n").count(), folder, "update")
    rows.add({"k": "a", "n": 1, "d": 2.5})
    for keys in (["n", "k"], ["k"], ["k", "d"], ["k", "n", "d"], []):
        answer.append([keys, *failure(read.groupBy(*keys).count(), folder, "update")])
    cast = read.groupBy("k", f.col("n").cast("BIGINT").alias("n")).count()
    answer.append(["cast", *failure(cast, folder, "update")])
    return answer + run_batches(read.groupBy("k", "n").count(), folder, "update")
