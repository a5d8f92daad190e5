"""W1: four million readings in one-minute windows, as fast as they are read.

Forty files of 100,000 rows, four a trigger, watermark 10 minutes, count, sum and
average by action and minute, appended to parquet, every batch durable. Against
the same query as one DuckDB statement over all files, and real Spark. Seconds go
from the start of the first batch to the last commit, so start-up is left out.
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
from bench.w1_rows import FILES, ROWS, ROWS_PER_FILE, write_rows

JSON_LIMIT = "DuckDB statement, JSON"
PARQUET_LIMIT = "DuckDB statement, parquet"
WORKLOADS = (
    Workload("unbounded, JSON", "w1_query", ("unbounded", "json")),
    Workload(JSON_LIMIT, "w1_statement", ("json",)),
    Workload("DuckDB statement, JSON as text", "w1_statement", ("json-text",)),
    on_spark("Spark 4.3, JSON", "w1_query", "spark", "json"),
    Workload("unbounded, parquet", "w1_query", ("unbounded", "parquet")),
    Workload(PARQUET_LIMIT, "w1_statement", ("parquet",)),
    on_spark("Spark 4.3, parquet", "w1_query", "spark", "parquet"),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W1; whether all gave the same answer."""
    rows = cached("w1-1", write_rows)
    runs = run_alternating(WORKLOADS, settings, rows)
    figures = [_figures(name, taken, runs) for name, taken in runs.items()]
    print(f"W1: {FILES} files of {ROWS_PER_FILE:,} rows, four a batch, durable.\n")
    print_row("", ("rows/s", "seconds", "× limit", "peak MB"))
    for row in figures:
        cells = (
            cell(row["rows_per_s"], 0),
            cell(row["seconds"], 2),
            cell(row["times_limit"], 2),
            cell(row["peak_mb"], 0),
        )
        print_row(row["name"], cells)
    print()
    write_results(settings, "w1", {"rows": ROWS, "lines": figures})
    return verdict(disagreeing(runs), len(runs))


def _figures(name: str, taken: list[Run], runs: dict[str, list[Run]]) -> dict[str, Any]:
    limit = _seconds(runs.get(JSON_LIMIT if "JSON" in name else PARQUET_LIMIT, []))
    seconds = _seconds(taken)
    assert seconds is not None, "a line has at least one run"
    return {
        "name": name,
        "rows_per_s": ROWS / seconds,
        "seconds": seconds,
        "times_limit": seconds / limit if limit else None,
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }


def _seconds(taken: list[Run]) -> float | None:
    if not taken:
        return None
    return float(statistics.median(run.report["seconds"] for run in taken))
