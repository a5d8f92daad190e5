"""Query: W0 in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine (`unbounded` or `spark`), the sink (`memory` or `files`) and
files per trigger. Reports the batch times that progress tells; the process that
started it takes them from outside as well, by the arrivals under `commits/`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def open_session(engine: str, confs: Mapping[str, str] | None = None) -> Any:
    """A session of the engine; `confs` are for Spark alone."""
    if engine == "unbounded":
        import unbounded

        return unbounded.connect()
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.log.level", "ERROR")
    )
    for name, value in (confs or {}).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def start(
    spark: Any, events: str, folder: str, sink: str, files_per_trigger: int
) -> Any:
    from pyspark.sql.functions import window

    rows = (
        spark.readStream.schema("time TIMESTAMP, action STRING")
        .option("maxFilesPerTrigger", files_per_trigger)
        .json(events)
    )
    counts = rows.groupBy("action", window("time", "1 hour")).count()
    writer = (
        counts.writeStream.outputMode("complete")
        .trigger(processingTime="0 seconds")
        .option("checkpointLocation", f"{folder}/checkpoint")
    )
    if sink == "memory":
        return writer.format("memory").queryName("counts").start()
    return writer.format("parquet").start(f"{folder}/counts")


def result(spark: Any, folder: str, sink: str) -> list[list[Any]]:
    table = (
        spark.table("counts")
        if sink == "memory"
        else spark.read.parquet(f"{folder}/counts")
    )
    return sorted(
        [row.action, row.window.start.isoformat(), row["count"]]
        for row in table.collect()
    )


def jvm_peak_mb(spark: Any) -> float:
    """The most memory Spark's JVM held, where the system tells."""
    status = Path(f"/proc/{spark.sparkContext._gateway.proc.pid}/status")
    if not status.exists():
        return 0.0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) / 1024


def main(
    events: str, folder: str, engine: str, sink: str, files_per_trigger: str
) -> None:
    spark = open_session(engine)
    connected_at = time.time()
    query = start(spark, events, folder, sink, int(files_per_trigger))
    while query.lastProgress is None and query.isActive:
        time.sleep(0.002)
    result(spark, folder, sink)
    first_result_at = time.time()
    query.processAllAvailable()
    finished_at = time.time()
    progress = [p for p in query.recentProgress if p["numInputRows"]]
    query.stop()
    report = {
        "connected_at": connected_at,
        "first_result_at": first_result_at,
        "finished_at": finished_at,
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in progress],
        "rows": sum(p["numInputRows"] for p in progress),
        "answer": result(spark, folder, sink),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
