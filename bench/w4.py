"""W4: a million impressions joined with a million clicks within ten seconds.

Twenty files of 50,000 rows a side, one of each a trigger, watermarks of 10 and 20
seconds, an inner join by ad and time, appended to parquet, every batch durable.
Against the same join as one DuckDB statement over all files, and real Spark with
both of its state stores. Seconds go from the start of the first batch to the last
commit, so start-up is left out.
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
from bench.w4_rows import FILES, ROWS, ROWS_PER_FILE, write_rows

OURS = "unbounded"
WORKLOADS = (
    Workload(OURS, "w4_query", ("unbounded", "-")),
    Workload("DuckDB statement", "w4_statement"),
    on_spark("Spark 4.3 rocksdb", "w4_query", "spark", "rocksdb"),
    on_spark("Spark 4.3 hdfs", "w4_query", "spark", "hdfs"),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W4; whether all found the same pairs."""
    rows = cached("w4-1", write_rows)
    runs = run_alternating(WORKLOADS, settings, rows)
    figures = [_figures(name, taken) for name, taken in runs.items()]
    ours = next((row["seconds"] for row in figures if row["name"] == OURS), None)
    print(f"W4: two streams of {FILES} files of {ROWS_PER_FILE:,} rows, durable.\n")
    print_row("", ("rows/s", "seconds", "ours ×", "B a row", "peak MB"))
    for row in figures:
        cells = (
            cell(row["rows_per_s"], 0),
            cell(row["seconds"], 2),
            cell(row["seconds"] / ours if ours else None, 2),
            cell(row["bytes_per_row"], 0),
            cell(row["peak_mb"], 0),
        )
        print_row(row["name"], cells)
    print()
    write_results(settings, "w4", {"rows": ROWS, "lines": figures})
    return verdict(disagreeing(runs), len(runs))


def _figures(name: str, taken: list[Run]) -> dict[str, Any]:
    seconds = statistics.median(run.report["seconds"] for run in taken)
    state = taken[0].report
    return {
        "name": name,
        "rows_per_s": ROWS / seconds,
        "seconds": seconds,
        "bytes_per_row": (
            state["state_bytes"] / state["held"] if "held" in state else None
        ),
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }
