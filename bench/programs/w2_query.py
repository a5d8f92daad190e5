"""Query: W2 in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine (`unbounded` or `spark`), Spark's state store (`rocksdb` or
`hdfs`) and how many files to measure. The query runs over all files to a noop
sink and stops; the same query then goes on from its checkpoint over one more
file, to a function that sums what it is handed: the answer.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from bench.programs.streaming_query import jvm_peak_mb, open_session

ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
STORES = {
    "hdfs": {},
    "rocksdb": {"spark.sql.streaming.stateStore.providerClass": ROCKSDB},
}
# Spark's default store holds millions of keys in the heap of its JVM.
JVM_MEMORY = {"spark.driver.memory": "14g"}


def open_session_with(engine: str, store: str) -> Any:
    if engine == "unbounded":
        return open_session(engine)
    return open_session(engine, {**STORES[store], **JVM_MEMORY})


def place_rows(rows: str, folder: str, files: int) -> Path:
    """A folder of the program's own with the files to read, their times kept."""
    place = Path(folder, "rows")
    place.mkdir()
    for file in sorted(Path(rows).glob("*-*.parquet")):
        kind, number = file.stem.split("-")
        if kind == "prefill" or int(number) < files:
            place_file(file, place)
    return place


def place_file(file: Path, place: Path, name: str | None = None) -> None:
    target = place / (name or file.name)
    try:
        os.link(file, target)
    except OSError:
        shutil.copy2(file, target)


def running_sums(spark: Any, rows: Path) -> Any:
    from pyspark.sql.functions import count, sum

    return (
        spark.readStream.schema("key BIGINT, value BIGINT")
        .option("maxFilesPerTrigger", 1)
        .parquet(str(rows))
        .groupBy("key")
        .agg(count("*").alias("count"), sum("value").alias("sum"))
    )


def writer(sums: Any, folder: str) -> Any:
    return (
        sums.writeStream.outputMode("update")
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
    )


def fill(spark: Any, rows: Path, folder: str) -> list[Any]:
    """The progress of each batch over all files, to a noop sink."""
    spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", "1000")
    query = writer(running_sums(spark, rows), folder).format("noop").start()
    query.awaitTermination()
    return [p for p in query.recentProgress if p["numInputRows"]]


def updates(spark: Any, rows: Path, folder: str) -> list[list[int]]:
    """The next batches' updates, each as rows, sum of counts, sum of sums."""
    from pyspark.sql.functions import count, sum

    found = []

    def add(batch: Any, batch_id: int) -> None:
        totals = batch.agg(count("*"), sum("count"), sum("sum")).collect()[0]
        found.append(list(totals))

    writer(running_sums(spark, rows), folder).foreachBatch(
        add
    ).start().awaitTermination()
    return found


def main(rows: str, folder: str, engine: str, store: str, files: str) -> None:
    spark = open_session_with(engine, store)
    place = place_rows(rows, folder, int(files))
    progress = fill(spark, place, folder)
    filled_at = time.time()
    state = progress[-1]["stateOperators"][0]
    report = {
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in progress],
        "durations_ms": [dict(p["durationMs"]) for p in progress],
        "keys": state["numRowsTotal"],
        "state_bytes": state["memoryUsedBytes"],
        "filled_at": filled_at,
        "filled_mb": resident_mb(),
    }
    place_file(Path(rows, "last.parquet"), place)
    report["answer"] = [report["keys"], *updates(spark, place, folder)]
    report["jvm_peak_mb"] = jvm_peak_mb(spark) if engine == "spark" else 0.0
    spark.stop()
    print(json.dumps(report))


def resident_mb() -> float | None:
    """The memory this process holds now, where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
