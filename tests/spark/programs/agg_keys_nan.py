"""Aggregation: NaN and minus nought in structs and arrays of keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"d": "NaN", "e": -0.0}, {"d": 0.0, "e": "NaN"}, {"d": -0.0, "e": 0.0})
    rows.add({"d": "NaN", "e": 0.0}, {"d": -0.0, "e": "NaN"}, {"d": None, "e": -0.0})
    read = rows.read(spark, "d DOUBLE, e FLOAT")
    pair = read.groupBy(f.struct("d", "e").alias("pair")).count()
    array = read.groupBy(f.array("d", "e").alias("array")).agg(f.count("d"))
    return [
        *run_batches(read.groupBy("e", "d").count(), folder, "update", name="flat"),
        *run_batches(pair, folder, "update", name="pair"),
        *run_batches(array, folder, "update", name="array"),
    ]
