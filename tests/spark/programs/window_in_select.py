"""Windows: chosen without grouping, a row for every window it is in."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 9))
    rows.add(*at(12), {"time": None, "value": 1})
    read = rows.read(spark, "time TIMESTAMP, value INT")
    tumbling = read.select("value", f.window("time", "10 minutes"))
    sliding = read.select(
        f.window("time", "10 minutes", "5 minutes").alias("w"), "value"
    )
    return [
        *run_batches(tumbling, folder, name="tumbling"),
        *run_batches(sliding.select("value", "w.end"), folder, name="sliding"),
    ]
