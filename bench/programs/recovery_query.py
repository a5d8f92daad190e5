"""Recovery: from the start of a process to its first batch over state of old.

Options: those of `w2_query`, whose query fills the state in a process of its own.
A second process goes on from that checkpoint with one more file; its seconds go
from before it is started to after the batch is committed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench.programs.streaming_query import jvm_peak_mb
from bench.programs.w2_query import (
    open_session_with,
    place_file,
    resident_mb,
    running_sums,
    writer,
)

FILL = Path(__file__).parent / "w2_query.py"


def resume(folder: str, engine: str, store: str) -> None:
    spark = open_session_with(engine, store)
    connected_at = time.time()
    sums = running_sums(spark, Path(folder, "rows"))
    query = writer(sums, folder).format("noop").start()
    query.awaitTermination()
    committed_at = time.time()
    progress = query.lastProgress
    report = {
        "connected_at": connected_at,
        "committed_at": committed_at,
        "batch_id": progress["batchId"],
        "input_rows": progress["numInputRows"],
        "keys": progress["stateOperators"][0]["numRowsTotal"],
        "batch_ms": progress["durationMs"]["triggerExecution"],
        "resident_mb": resident_mb(),
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    spark.stop()
    print(json.dumps(report))


def main(rows: str, folder: str, engine: str, store: str, files: str) -> None:
    filled = _run([str(FILL), rows, folder, engine, store, files])
    # Files are known by their names: under another one these rows are new.
    place_file(Path(rows, "rows-000.parquet"), Path(folder, "rows"), "new.parquet")
    started = time.time()
    resumed = _run([__file__, "resume", folder, engine, store])
    report = {
        "seconds": resumed["committed_at"] - started,
        "connected_s": resumed["connected_at"] - started,
        "resumed": resumed,
        "answer": [resumed["keys"], resumed["input_rows"], filled["keys"]],
        "jvm_peak_mb": resumed["jvm_peak_mb"],
    }
    print(json.dumps(report))


def _run(command: list[str]) -> dict[str, float]:
    output = subprocess.run(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    report: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return report


if __name__ == "__main__":
    if sys.argv[1] == "resume":
        resume(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
