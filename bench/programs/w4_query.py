"""Query: W4 in PySpark, on unbounded or on real Spark, by the same lines.

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

WITHIN_TEN_SECONDS = """
    clickAdId = impressionAdId
    AND clickTime BETWEEN impressionTime AND impressionTime + INTERVAL 10 SECONDS
"""


def read(spark: Any, rows: str, name: str, prefix: str, delay: str) -> Any:
    schema = f"{prefix}AdId BIGINT, {prefix}Time TIMESTAMP, {prefix}Id BIGINT"
    return (
        spark.readStream.schema(schema)
        .option("maxFilesPerTrigger", 1)
        .parquet(f"{rows}/{name}")
        .withWatermark(f"{prefix}Time", delay)
    )


def run(spark: Any, rows: str, folder: str) -> Any:
    from pyspark.sql.functions import expr

    impressions = read(spark, rows, "impressions", "impression", "10 seconds")
    clicks = read(spark, rows, "clicks", "click", "20 seconds")
    query = (
        impressions.join(clicks, expr(WITHIN_TEN_SECONDS))
        .writeStream.outputMode("append")
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
        .format("parquet")
        .start(f"{folder}/pairs")
    )
    query.awaitTermination()
    return query


def answer(spark: Any, folder: str) -> list[Any]:
    """Pairs, and two sums that tell which they are."""
    from pyspark.sql.functions import count, expr, sum

    pairs = spark.read.parquet(f"{folder}/pairs")
    mixed = expr("(impressionId * 31 + clickId * 17) % 1009")
    ids = sum(pairs["impressionId"] + pairs["clickId"])
    return list(pairs.agg(count("*"), ids, sum(mixed)).collect()[0])


def main(rows: str, folder: str, engine: str, store: str) -> None:
    spark = open_session_with(engine, store)
    query = run(spark, rows, folder)
    batches = [p for p in query.recentProgress if "addBatch" in p["durationMs"]]
    last = batches[-1]
    end = moment(last["timestamp"]) + last["durationMs"]["triggerExecution"] / 1e3
    most = max(batches, key=lambda p: p["stateOperators"][0]["numRowsTotal"])
    state = most["stateOperators"][0]
    report = {
        "seconds": end - moment(batches[0]["timestamp"]),
        "rows": sum(p["numInputRows"] for p in batches),
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in batches],
        "durations_ms": [dict(p["durationMs"]) for p in batches],
        "held": state["numRowsTotal"],
        "state_bytes": state["memoryUsedBytes"],
        "answer": answer(spark, folder),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
