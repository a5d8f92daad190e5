"""Chain: duplicates within the watermark dropped, then counted."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, id="x"), *at(3, id="y"))
    rows.add(*at(4, id="y"), *at(30, id="z"))
    rows.add(*at(31, 60, id="x"))
    read = rows.events(spark, "id STRING").dropDuplicatesWithinWatermark(["id"])
    frame = read.groupBy(f.window("time", "10 minutes")).agg(
        f.sum("value"), f.count("*")
    )
    return run_batches(frame, folder)
