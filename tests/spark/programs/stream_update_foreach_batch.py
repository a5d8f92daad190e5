"""Stream: update mode, each batch handed to a function, with all its numbers."""

from pyspark.sql import functions

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for number, words in enumerate(["a b a", "b c", "a"]):
        rows.add(*({"word": w, "size": number + 0.5} for w in words.split()))
    frame = (
        rows.read(spark, "word STRING, size DOUBLE")
        .groupBy("word")
        .agg(functions.avg("size"), functions.count("*"))
    )
    return run_batches(frame, folder, "update")
