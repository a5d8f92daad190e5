"""Query: W5 in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine (`unbounded` or `spark`) and Spark's state store. Reports the
seconds from the start of the first batch to the commit of the last.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.programs.streaming_query import jvm_peak_mb
from bench.programs.w1_query import moment
from bench.programs.w2_query import open_session_with

SCHEMA = "time TIMESTAMP, id STRING, value BIGINT, sent BIGINT"


def run(spark: Any, rows: str, folder: str) -> Any:
    query = (
        spark.readStream.schema(SCHEMA)
        .option("maxFilesPerTrigger", 1)
        .parquet(rows)
        .withWatermark("time", "10 minutes")
        .dropDuplicatesWithinWatermark(["id"])
        .writeStream.outputMode("append")
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
        .format("parquet")
        .start(f"{folder}/events")
    )
    query.awaitTermination()
    return query


def answer(spark: Any, folder: str) -> list[Any]:
    """Rows, distinct ids, and the sum of what all copies of an event share."""
    from pyspark.sql.functions import count, count_distinct, sum

    rows = spark.read.parquet(f"{folder}/events")
    return list(rows.agg(count("*"), count_distinct("id"), sum("value")).collect()[0])


def main(rows: str, folder: str, engine: str, store: str) -> None:
    spark = open_session_with(engine, store)
    query = run(spark, rows, folder)
    batches = [p for p in query.recentProgress if p["numInputRows"]]
    last = batches[-1]
    end = moment(last["timestamp"]) + last["durationMs"]["triggerExecution"] / 1e3
    state = last["stateOperators"][0]
    report = {
        "seconds": end - moment(batches[0]["timestamp"]),
        "rows": sum(p["numInputRows"] for p in batches),
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in batches],
        "durations_ms": [dict(p["durationMs"]) for p in batches],
        "keys": state["numRowsTotal"],
        "state_bytes": state["memoryUsedBytes"],
        "answer": answer(spark, folder),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
