"""Stream: the README's query, complete mode into memory, file by file."""

import json
from pathlib import Path

from pyspark.sql.functions import window


def run(spark, folder):
    events = Path(folder, "events")
    events.mkdir()
    for number in range(5):
        lines = [
            {"time": f"2026-03-06T{10 + number}:{minute:02}:00Z", "action": action}
            for minute in range(0, 60, 7)
            for action in ("open", "close", "open")[: 1 + minute % 3]
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (events / f"{number}.json").write_text(text)
    rows = (
        spark.readStream.schema("time TIMESTAMP, action STRING")
        .option("maxFilesPerTrigger", 1)
        .json(str(events))
    )
    query = (
        rows.groupBy("action", window("time", "1 hour"))
        .count()
        .writeStream.outputMode("complete")
        .format("memory")
        .queryName("complete_counts")
        .option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination(60)
    counts = spark.table("complete_counts").orderBy("action", "window")
    reports = [report.sources[0].numInputRows for report in query.recentProgress]
    batches = [row_count for row_count in reports if row_count]
    return [list(counts.columns), batches, *(list(row) for row in counts.collect())]
