"""Orders: what each shop took in each hour, once the hour is over; each order once."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, sum, window


def hourly_revenue(orders: DataFrame) -> DataFrame:
    """Orders may come twice, and up to half an hour late."""
    return (
        orders.withWatermark("time", "30 minutes")
        .where(col("cents") > 0)
        .dropDuplicatesWithinWatermark(["id"])
        .groupBy(window("time", "1 hour"), "shop")
        .agg(count("*").alias("orders"), sum("cents").alias("cents"))
        .select(col("window.start").alias("hour"), "shop", "orders", "cents")
    )


if __name__ == "__main__":
    import unbounded

    spark = unbounded.connect()
    schema = "id LONG, shop STRING, cents LONG, time TIMESTAMP"
    revenue = hourly_revenue(spark.readStream.schema(schema).json("orders/"))
    writer = revenue.writeStream.option("checkpointLocation", "checkpoint/")
    writer.toTable("hourly_revenue").awaitTermination()
