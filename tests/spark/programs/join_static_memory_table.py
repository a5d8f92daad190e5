"""Joins: the table that another query keeps in memory."""

from pathlib import Path

from tests.spark.streams import Input, batches, keep


def run(spark, folder):
    known = Input(folder, "known")
    known.add({"k": "a", "name": "Anna"})
    source = known.read(spark, "k STRING, name STRING")
    table = source.writeStream.format("memory").queryName("known_names")
    table = table.option("checkpointLocation", f"{folder}/known-checkpoint").start()
    counts = (
        source.groupBy("k")
        .count()
        .writeStream.format("memory")
        .queryName("known_counts")
    )
    counts = counts.outputMode("complete").start()
    for each in (table, counts):
        each.processAllAvailable()
    rows = Input(folder)
    rows.add({"k": "a", "v": -1})
    answers = Path(folder, "answers")
    answers.mkdir()
    both = rows.read(spark, "k STRING, v INT").join(
        spark.table("known_names"), "k", "left"
    )
    both = both.join(spark.table("known_counts"), "k", "left")
    writer = both.writeStream.foreachBatch(keep(answers, False))
    query = writer.option("checkpointLocation", f"{folder}/checkpoint").start()
    query.processAllAvailable()
    for number, key in enumerate("abb"):
        known.add({"k": key, "name": f"name {number}"})
        for each in (table, counts):
            each.processAllAvailable()
        rows.add({"k": "a", "v": number}, {"k": "b", "v": number})
        query.processAllAvailable()
    found = [row for row in batches(query, answers) if row[0] == "batch"]
    for each in (query, table, counts):
        each.stop()
    return found
