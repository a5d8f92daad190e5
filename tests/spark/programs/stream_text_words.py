"""Stateless: lines of text taken apart, and counted by how many words they have."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="text")
    rows.add_text("to be or not\nTo be\n")
    rows.add_text("\n  the question , is \nbe\n")
    read = rows.read(spark, "value STRING")
    words = read.select(f.split(f.lower("value"), "[ ,]+").alias("words"), "value")
    sizes = words.where("value <> ''").groupBy(f.size("words")).count()
    return run_batches(words, folder) + run_batches(
        sizes, folder, "update", name="sizes"
    )
