"""Handover: one leg of a query over files, run here or by real Spark.

`leg.json` in the folder says what is read and written, and how.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException

SCHEMA = "n BIGINT, time TIMESTAMP, kind STRING"
_TIMEOUT_SECONDS = 80


def run(spark: Any, folder: str) -> list[Any]:
    """The ids of the batches run, what ended the query, and the rows now there."""
    leg = json.loads(Path(folder, "leg.json").read_text("utf-8"))
    # Of a checkpoint that has begun, its own number counts.
    spark.conf.set("spark.sql.shuffle.partitions", str(leg["partitions"]))
    query = start(spark, leg)
    ended = "done"
    try:
        assert query.awaitTermination(_TIMEOUT_SECONDS), "the leg does not end"
    except PySparkException as error:
        ended = f"{type(error).__name__}: {error}"
    finally:
        query.stop()
    output = spark.read.schema(f"{SCHEMA}, twice BIGINT").format(leg["format"])
    rows = output.load(leg["output"]).select("n", "time", "kind", "twice").orderBy("n")
    reports = [json.loads(report.json) for report in query.recentProgress]
    done = [r["batchId"] for r in reports if "addBatch" in r["durationMs"]]
    return [query.id, done, ended, [list(row) for row in rows.collect()]]


def start(spark: Any, leg: dict[str, Any]) -> Any:
    """The rows not divisible by three; those from `refused` on end the query."""
    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1)
    twice = "2 * n" if leg["refused"] is None else REFUSING.format(leg["refused"])
    kept = (
        read.json(leg["input"])
        .withWatermark("time", "10 seconds")
        .where("n % 3 != 0")
        .selectExpr("n", "time", "kind", f"{twice} AS twice")
    )
    writer = kept.writeStream.format(leg["format"]).trigger(availableNow=True)
    if leg["partitioned"]:
        writer = writer.partitionBy("kind")
    return writer.option("checkpointLocation", leg["checkpoint"]).start(leg["output"])


REFUSING = "IF(n < {0}, 2 * n, CAST(raise_error('refused') AS BIGINT))"
