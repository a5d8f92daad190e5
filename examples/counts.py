"""Counts: how often each action happened in each hour, while events arrive."""

import unbounded

spark = unbounded.connect()  # a real pyspark SparkSession

from pyspark.sql.functions import window

events = (
    spark.readStream.schema("time TIMESTAMP, action STRING")
    .option("maxFilesPerTrigger", 1)
    .json("events/")
)
counts = events.groupBy("action", window("time", "1 hour")).count()
query = (
    counts.writeStream.outputMode("complete")
    .trigger(processingTime="1 second")
    .option("checkpointLocation", "checkpoint/")
    .start("counts/")
)

if __name__ == "__main__":
    query.awaitTermination()
