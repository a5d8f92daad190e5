"""Query: a join that keeps an hour of both sides, on unbounded or on real Spark.

Options: the engine (`unbounded` or `spark`), Spark's state store and how many files of
a side to measure after those that fill the state.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.programs.streaming_query import jvm_peak_mb
from bench.programs.w2_query import open_session_with, place_file

WITHIN_AN_HOUR = """
    leftKey = rightKey AND leftTime BETWEEN rightTime - INTERVAL 1 HOUR
                                        AND rightTime + INTERVAL 1 HOUR
"""


def read(spark: Any, rows: Path, side: str) -> Any:
    schema = f"{side}Key BIGINT, {side}Time TIMESTAMP, {side}Value BIGINT"
    return (
        spark.readStream.schema(schema)
        .option("maxFilesPerTrigger", 1)
        .parquet(str(rows / side))
        .withWatermark(f"{side}Time", "0 seconds")
    )


def place_rows(rows: str, folder: str, files: int) -> Path:
    """A folder of the program's own with the files to read, their times kept."""
    for file in sorted(Path(rows).glob("*/*.parquet")):
        kind, number = file.stem.split("-")
        if kind == "fill" or int(number) < files:
            target = Path(folder, "rows", file.parent.name)
            target.mkdir(parents=True, exist_ok=True)
            place_file(file, target)
    return Path(folder, "rows")


def run(spark: Any, rows: Path, folder: str) -> Any:
    from pyspark.sql.functions import expr

    spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", "1000")
    pairs = read(spark, rows, "left").join(
        read(spark, rows, "right"), expr(WITHIN_AN_HOUR)
    )
    query = (
        pairs.writeStream.outputMode("append")
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
        .format("noop")
        .start()
    )
    query.awaitTermination()
    return query


def main(rows: str, folder: str, engine: str, store: str, files: str) -> None:
    spark = open_session_with(engine, store)
    place = place_rows(rows, folder, int(files))
    query = run(spark, place, folder)
    batches = [p for p in query.recentProgress if "addBatch" in p["durationMs"]]
    full = [p for p in batches if p["numInputRows"]]
    state = full[-1]["stateOperators"][0]
    report = {
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in full],
        "durations_ms": [dict(p["durationMs"]) for p in batches],
        "held": state["numRowsTotal"],
        "state_bytes": state["memoryUsedBytes"],
        "answer": sum(p["sink"]["numOutputRows"] for p in batches),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
