"""W5: two million events, three in ten of them sent twice, each kept once.

Twenty files of 100,000 rows, one a trigger, watermark 10 minutes,
`dropDuplicatesWithinWatermark` by a text id, appended to parquet, every batch
durable. Beside real Spark with both of its state stores. Seconds go from the
start of the first batch to the last commit, so start-up is left out.
"""

from __future__ import annotations

import statistics
from typing import Any

from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cached,
    cell,
    disagreeing,
    on_spark,
    print_row,
    run_alternating,
    verdict,
    write_results,
)
from bench.w5_rows import FILES, ROWS, ROWS_PER_FILE, write_rows

OURS = "unbounded"
WORKLOADS = (
    Workload(OURS, "w5_query", ("unbounded", "-")),
    on_spark("Spark 4.3 rocksdb", "w5_query", "spark", "rocksdb"),
    on_spark("Spark 4.3 hdfs", "w5_query", "spark", "hdfs"),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W5; whether all kept the same events."""
    rows = cached("w5-1", write_rows)
    runs = run_alternating(WORKLOADS, settings, rows)
    figures = [_figures(name, taken) for name, taken in runs.items()]
    ours = next((row["seconds"] for row in figures if row["name"] == OURS), None)
    print(f"W5: {FILES} files of {ROWS_PER_FILE:,} rows, 30 % duplicates, durable.\n")
    print_row("", ("rows/s", "seconds", "ours ×", "B a key", "peak MB"))
    for row in figures:
        cells = (
            cell(row["rows_per_s"], 0),
            cell(row["seconds"], 2),
            cell(row["seconds"] / ours if ours else None, 1),
            cell(row["bytes_per_key"], 0),
            cell(row["peak_mb"], 0),
        )
        print_row(row["name"], cells)
    print()
    write_results(settings, "w5", {"rows": ROWS, "lines": figures})
    return verdict(disagreeing(runs), len(runs))


def _figures(name: str, taken: list[Run]) -> dict[str, Any]:
    seconds = statistics.median(run.report["seconds"] for run in taken)
    state = taken[0].report
    return {
        "name": name,
        "rows_per_s": ROWS / seconds,
        "seconds": seconds,
        "bytes_per_key": state["state_bytes"] / state["keys"],
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }
