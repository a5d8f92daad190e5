"""Stream: update mode, each batch handed to a function."""

import json
import os
from pathlib import Path

from pyspark.sql import functions


def run(spark, folder):
    events = Path(folder, "events")
    events.mkdir()
    for number, words in enumerate(["a b a", "b c", "a"]):
        lines = [{"word": word, "size": number + 0.5} for word in words.split()]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        file = events / f"{number}.json"
        file.write_text(text)
        # Spark takes files by modification time; equal ones have no order there.
        os.utime(file, (1_800_000_000 + number, 1_800_000_000 + number))
    batches = []

    def keep(frame, batch_id):
        rows = sorted(list(row) for row in frame.collect())
        batches.append([batch_id, rows])

    query = (
        spark.readStream.schema("word STRING, size DOUBLE")
        .option("maxFilesPerTrigger", 1)
        .json(str(events))
        .groupBy("word")
        .agg(functions.avg("size"), functions.count("*"))
        .writeStream.outputMode("update")
        .option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .foreachBatch(keep)
        .start()
    )
    query.awaitTermination(60)
    return batches
