"""Query: W1 in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine (`unbounded` or `spark`) and the format. Reports the seconds
from the start of the first batch to the commit of the last.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from bench.programs.streaming_query import jvm_peak_mb, open_session

FILES_PER_TRIGGER = 4
SCHEMA = "time TIMESTAMP, action STRING, device STRING, value DOUBLE"


def run(spark: Any, rows: str, folder: str, form: str) -> Any:
    from pyspark.sql.functions import avg, count, sum, window

    query = (
        spark.readStream.schema(SCHEMA)
        .format(form)
        .option("maxFilesPerTrigger", FILES_PER_TRIGGER)
        .load(f"{rows}/{form}")
        .withWatermark("time", "10 minutes")
        .groupBy(window("time", "1 minute"), "action")
        .agg(
            count("*").alias("count"),
            sum("value").alias("sum"),
            avg("value").alias("avg"),
        )
        .writeStream.outputMode("append")
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
        .format("parquet")
        .start(f"{folder}/sums")
    )
    query.awaitTermination()
    return query


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def main(rows: str, folder: str, engine: str, form: str) -> None:
    spark = open_session(engine)
    query = run(spark, rows, folder, form)
    batches = [p for p in query.recentProgress if "addBatch" in p["durationMs"]]
    last = batches[-1]
    end = moment(last["timestamp"]) + last["durationMs"]["triggerExecution"] / 1e3
    sums = spark.read.parquet(f"{folder}/sums").collect()
    report = {
        "seconds": end - moment(batches[0]["timestamp"]),
        "batches": len(batches),
        "rows": sum(p["numInputRows"] for p in batches),
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in batches],
        "durations_ms": [dict(p["durationMs"]) for p in batches],
        "answer": sorted(
            [row.window.start.isoformat(), row.action, row["count"], row.sum, row.avg]
            for row in sums
        ),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
