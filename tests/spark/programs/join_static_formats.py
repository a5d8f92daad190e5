"""Joins: tables in files of every format, with values in folders' names."""

from pathlib import Path

from pyspark.sql import functions as f

from tests.spark.static_joins import each, names, orders


def run(spark, folder):
    read = orders(spark, folder)
    table = names(spark)
    write_csv(Path(folder, "csv"))
    table.write.parquet(f"{folder}/parquet")
    table.write.partitionBy("k").parquet(f"{folder}/parts")
    table.write.json(f"{folder}/json")
    table.select("name").write.text(f"{folder}/text")
    text = spark.read.text(f"{folder}/text")
    frames = {
        "csv": read.join(spark.read.csv(f"{folder}/csv", header=True), "k", "left"),
        "parts": read.join(spark.read.parquet(f"{folder}/parts"), "k", "left"),
        "json": read.join(spark.read.json(f"{folder}/json"), "k", "left"),
        "text": read.join(text, f.upper("k") == f.substring("value", 1, 1), "left"),
        "in sql": read.join(
            spark.sql(f"SELECT * FROM parquet.`{folder}/parquet`"), "k"
        ),
    }
    return each(frames, folder)


def write_csv(folder):
    folder.mkdir()
    (folder / "0.csv").write_text("k,name\na,Anna\na,Ada\n")
    (folder / "1.csv").write_text("k,name\nc,Cleo\n,nobody\n")
