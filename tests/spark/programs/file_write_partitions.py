"""Batch writes: partitions replaced one by one, and files of few rows."""

from pathlib import Path


def run(spark, folder):
    def rows():
        found = spark.read.parquet(f"{folder}/output").collect()
        return sorted([*row] for row in found)

    def write(query, **options):
        writer = spark.sql(query).write.partitionBy("k").mode("overwrite")
        writer.options(**options).parquet(f"{folder}/output")
        return rows()

    answer = [
        write("SELECT 1 AS v, 'a' AS k UNION ALL SELECT 2, 'b'"),
        write("SELECT 3 AS v, 'b' AS k", partitionOverwriteMode="dynamic"),
        write("SELECT 4 AS v, 'c' AS k"),
    ]
    few = spark.range(5).coalesce(1).write.option("maxRecordsPerFile", 2)
    few.json(f"{folder}/few")
    parts = sorted(Path(folder, "few").glob("part-*"))
    return [*answer, *(path.name[-10:] + path.read_text() for path in parts)]
