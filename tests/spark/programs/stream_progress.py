"""Stream: what a query reports of itself, busy, without data and idle."""

import json
import os
from pathlib import Path

from pyspark.sql import functions

MINUTES = ([1, 3, 12], [25, 2], [3, 16], [60])


def documents(query):
    return [json.loads(progress.json) for progress in query.recentProgress]


def told(progress):
    """What of a progress is the same in every run; offsets as JSON values."""
    fields = [progress["batchId"]]
    fields += [progress.get("eventTime", {}), sorted(progress["durationMs"])]
    for operator in progress["stateOperators"]:
        fields += [operator["operatorName"]]
        for name in ("Total", "Updated", "Removed", "DroppedByWatermark"):
            fields.append(operator[f"numRows{name}"])
    for source in progress["sources"]:
        for name in ("startOffset", "endOffset", "latestOffset"):
            fields.append(offset(source[name]))
        fields += [source["numInputRows"]]
        fields.append(source["description"].rsplit("/", 1)[1])
    return [*fields, progress["sink"]["numOutputRows"]]


def offset(value):
    """An offset's JSON; over Spark Connect a report holds it as text."""
    return json.loads(value) if isinstance(value, str) else value


def status_of(query):
    return sorted(query.status.items())


def run(spark, folder):
    events = Path(folder, "events")
    events.mkdir()
    rows = (
        spark.readStream.schema("time TIMESTAMP, value INT")
        .option("maxFilesPerTrigger", 1)
        .json(str(events))
    )
    counts = (
        rows.withWatermark("time", "5 minutes")
        .groupBy(functions.window("time", "10 minutes"))
        .count()
    )
    found = []
    writer = counts.writeStream.outputMode("append").queryName("told")
    query = writer.format("noop").start()
    query.processAllAvailable()
    fill(events)
    query.processAllAvailable()
    query.stop()
    found += [status_of(query), *map(told, documents(query))]
    # Each trigger without a batch reports itself: here the one that ends the query.
    spark.conf.set("spark.sql.streaming.noDataProgressEventInterval", "0")
    query = writer.format("memory").trigger(availableNow=True).start()
    spark.conf.unset("spark.sql.streaming.noDataProgressEventInterval")
    query.awaitTermination(60)
    return [*found, status_of(query), *map(told, documents(query))]


def fill(events):
    for number, minutes in enumerate(MINUTES):
        lines = [
            {"time": f"2026-03-06T10:{m % 60:02}:00Z", "value": m} for m in minutes
        ]
        lines[0]["time"] = (
            f"2026-03-06T{10 + minutes[0] // 60}:{minutes[0] % 60:02}:00Z"
        )
        file = events / f".{number}.json"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        # Spark takes files by modification time; equal ones have no order there.
        os.utime(file, (1_800_000_000 + number, 1_800_000_000 + number))
    for number in range(len(MINUTES)):
        (events / f".{number}.json").rename(events / f"{number}.json")
