"""Stream: append mode, with a watermark that drops what is late."""

import json
from pathlib import Path

from pyspark.sql import functions

MINUTES = ([1, 3, 12, 14], [25, 26, 2], [40, 11, 31], [75])


def run(spark, folder):
    events = Path(folder, "events")
    events.mkdir()
    rows = (
        spark.readStream.schema("time TIMESTAMP, value INT")
        .option("maxFilesPerTrigger", 1)
        .json(str(events))
    )
    query = (
        rows.withWatermark("time", "10 minutes")
        .groupBy(functions.window("time", "10 minutes"))
        .agg(functions.sum("value"), functions.count("*"))
        .writeStream.outputMode("append")
        .format("memory")
        .queryName("append_watermark")
        .option("checkpointLocation", f"{folder}/checkpoint")
        .start()
    )
    found = []
    for number, minutes in enumerate(MINUTES):
        lines = [
            {"time": f"2026-03-06T{10 + m // 60}:{m % 60:02}:00Z", "value": m}
            for m in minutes
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (events / f"{number}.json").write_text(text)
        query.processAllAvailable()
        table = spark.table("append_watermark").orderBy("window")
        found.append([list(row) for row in table.collect()])
    watermark = query.lastProgress["eventTime"]["watermark"]
    query.stop()
    return [watermark, *found]
