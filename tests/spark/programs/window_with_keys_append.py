"""Windows: window and key together, append, fields of the window chosen."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    for minutes in ([1, 2, 8, 11], [12, 19, 31], [3, 25, 55]):
        rows.add(*({**row, "k": row["value"] % 2} for row in at(*minutes)))
    frame = (
        rows.read(spark, "time TIMESTAMP, value INT, k INT")
        .withWatermark("time", "10 minutes")
        .groupBy("k", f.window("time", "10 minutes").alias("w"))
        .agg(f.sum("value").alias("total"), f.max("time").alias("latest"))
        .select("w.start", "w.end", "k", "total", "latest")
    )
    return run_batches(frame, folder, "append")
