"""Closed hours: how often each action happened in each hour, once the hour is over."""

import unbounded

spark = unbounded.connect()  # a real pyspark SparkSession

from pyspark.sql.functions import window

events = (
    spark.readStream.schema("time TIMESTAMP, action STRING")
    .option("maxFilesPerTrigger", 1)
    .json("events/")
)
counts = (
    events.withWatermark("time", "10 minutes")
    .groupBy("action", window("time", "1 hour"))
    .count()
)
query = (
    counts.writeStream.outputMode("append")
    .trigger(processingTime="1 second")
    .option("checkpointLocation", "checkpoint/")
    .start("counts/")
)

if __name__ == "__main__":
    query.awaitTermination()
