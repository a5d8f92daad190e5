"""Recovery: how long a new process takes to its first batch over five million keys.

The query of W2 fills the state in one process. Another goes on from its
checkpoint with a file of 100,000 rows; its seconds go from the start of the
process, imports and session included, to the commit of that batch.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cached,
    cell,
    on_spark,
    print_row,
    run_alternating,
    verdict,
    write_results,
)
from bench.w2 import SPARK_FILES
from bench.w2_rows import FILES, ROWS_PER_FILE, write_rows

KEYS = 5_000_000
WORKLOADS = (
    Workload("unbounded", "recovery_query", ("unbounded", "-", str(FILES))),
    *(
        on_spark(
            f"Spark 4.3 {store}", "recovery_query", "spark", store, str(SPARK_FILES)
        )
        for store in ("rocksdb", "hdfs")
    ),
)


def measure(settings: Settings) -> bool:
    """Run, print and write the times; whether each took up all keys."""
    rows = cached(f"w2-1-{KEYS}", partial(write_rows, keys=KEYS))
    runs = run_alternating(WORKLOADS, settings, rows)
    figures = [_figures(name, taken) for name, taken in runs.items()]
    print(f"Recovery: {KEYS:,} keys, process start to the first batch's commit.\n")
    print_row("", ("seconds", "connected s", "batch ms", "MB after"))
    for row in figures:
        cells = (
            cell(row["seconds"], 2),
            cell(row["connected_s"], 2),
            cell(row["batch_ms"], 0),
            cell(row["resident_mb"], 0),
        )
        print_row(row["name"], cells)
    print()
    write_results(settings, "recovery", {"keys": KEYS, "lines": figures})
    expected = [KEYS, ROWS_PER_FILE, KEYS]
    wrong = [
        name
        for name, taken in runs.items()
        if any(run.report["answer"] != expected for run in taken)
    ]
    return verdict(wrong, len(figures))


def _figures(name: str, taken: list[Run]) -> dict[str, Any]:
    resumed = [run.report["resumed"] for run in taken]
    return {
        "name": name,
        "seconds": statistics.median(run.report["seconds"] for run in taken),
        "connected_s": statistics.median(run.report["connected_s"] for run in taken),
        "batch_ms": statistics.median(each["batch_ms"] for each in resumed),
        "resident_mb": statistics.median(
            each["resident_mb"] + each["jvm_peak_mb"] for each in resumed
        ),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }
