"""Aggregation: the short forms of the DataFrame API."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 2, "w": 0.5}, {"k": 1, "v": 4, "w": None})
    rows.add({"k": 2, "v": None, "w": 1.5}, {"k": 1, "v": 6, "w": 2})
    read = rows.read(spark, "k INT, v INT, w DOUBLE")
    grouped = read.groupBy("k")
    frames = [
        grouped.max("v", "w"),
        grouped.mean("v"),
        grouped.agg({"v": "max", "w": "min"}),
        grouped.sum(),
        grouped.count().withColumn("double", f.col("count") * 2).drop("count"),
        read.groupBy().avg("v"),
        read.agg(f.max("v"), f.min("w")),
        read.groupBy(read.k, (read.v > 3).alias("big")).agg(f.count("k")),
        read.withColumnsRenamed({"k": "key"}).groupBy("key").min("v"),
    ]
    answer = []
    for number, frame in enumerate(frames):
        answer += run_batches(frame, folder, "update", name=f"query{number}")
    return answer
