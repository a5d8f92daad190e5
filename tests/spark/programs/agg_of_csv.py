"""Aggregation: windows over CSV, words over text."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="csv")
    rows.add_text("2026-03-06T10:01:00Z,a,1\n2026-03-06T10:12:00Z,b,\n")
    rows.add_text("2026-03-06T10:40:00Z,,3\nbroken,a,4\n")
    schema = "time TIMESTAMP, k STRING, v INT, l STRING"
    read = rows.read(spark, schema).withWatermark("time", "10 minutes")
    words = Input(folder, "words", suffix="text")
    words.add_text("a b a\n\nb\n")
    words.add_text("a\n")
    split = words.read(spark, "value STRING").groupBy(f.length("value").alias("length"))
    return [
        *run_batches(
            read.groupBy(f.window("time", "10 minutes"), "k").sum("v"), folder
        ),
        *run_batches(
            split.agg(f.count("*"), f.max("value")), folder, "update", name="w"
        ),
    ]
