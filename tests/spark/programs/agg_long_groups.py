"""Aggregation: many groups in a batch, few of them touched by the next."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": n, "s": f"s{n % 17}"} for n in range(300)))
    rows.add(*({"k": n, "s": f"s{n % 17}"} for n in range(0, 600, 97)))
    read = rows.read(spark, "k INT, s STRING")
    few = read.groupBy("s").agg(f.count("*"), f.sum("k"), f.max("k"))
    many = read.groupBy("k").count().where("k % 50 = 0 OR count > 1")
    return [
        *run_batches(few, folder, "update", name="few"),
        *run_batches(many, folder, "update", name="many"),
    ]
