"""W0: fifty small files, one a batch, counted by action and hour.

Fifty JSON files of 2,000 events, `maxFilesPerTrigger` 1, complete mode, trigger
0, every batch durable. Each run is a fresh process. What it is measured against
runs beside it, on the same machine in the same minutes: the query as one DuckDB
statement (the limit), a loop written by hand, and real Spark if `.venv-spark`
is there. All must give the same table.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass

from bench.events import EVENTS_PER_FILE, FILES, write_events
from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cached,
    cell,
    disagreeing,
    on_spark,
    run_alternating,
    verdict,
    write_results,
)

WARM_UP_BATCHES = 3


@dataclass(frozen=True)
class Figures:
    """Medians over the runs of a workload; None where nothing was measured."""

    name: str
    batch_wall_ms: float | None
    batch_progress_ms: float | None
    first_result_s: float | None
    process_s: float
    peak_mb: float


WORKLOADS = (
    Workload("unbounded, memory sink", "streaming_query", ("unbounded", "memory", "1")),
    Workload("unbounded, file sink", "streaming_query", ("unbounded", "files", "1")),
    Workload("loop by hand", "bare_loop"),
    Workload("DuckDB statement a file", "duckdb_statement"),
)
SPARK = on_spark("Spark 4.3, memory sink", "streaming_query", "spark", "memory", "1")
CONNECT = Workload("unbounded.connect()", "connect", repeats=5)
ALL_FILES = str(FILES)
IN_ONE_BATCH = Workload(
    "unbounded, all files in one batch",
    "streaming_query",
    ("unbounded", "memory", ALL_FILES),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W0; whether all gave the same table."""
    events = cached("w0-1", write_events)
    lines = [*WORKLOADS, IN_ONE_BATCH, CONNECT, SPARK]
    runs = run_alternating(lines, settings, events)
    figures = [_figures(name, taken) for name, taken in runs.items()]
    _print_table(figures)
    _print_whole_input(runs)
    write_results(settings, "w0", {"lines": [asdict(row) for row in figures]})
    return verdict(disagreeing(runs), len(runs))


def _figures(name: str, runs: list[Run]) -> Figures:
    return Figures(
        name=name,
        batch_wall_ms=_median(runs, lambda run: _steady_ms(run, "wall_ms")),
        batch_progress_ms=_median(runs, lambda run: _steady_ms(run, "progress_ms")),
        first_result_s=_median(runs, lambda run: run.first_result_seconds),
        process_s=statistics.median(run.seconds for run in runs),
        peak_mb=statistics.median(run.peak_mb for run in runs),
    )


def _median(runs: list[Run], value: Callable[[Run], float | None]) -> float | None:
    found = [figure for run in runs if (figure := value(run)) is not None]
    return statistics.median(found) if found else None


def _steady_ms(run: Run, key: str) -> float | None:
    """The median batch once the first three are done."""
    times = run.report.get(key, [])[WARM_UP_BATCHES:]
    return statistics.median(times) if times else None


def _print_table(rows: list[Figures]) -> None:
    limit = next((r for r in rows if r.name == "DuckDB statement a file"), None)
    limit_ms = limit.batch_wall_ms if limit else None
    print(f"W0: {FILES} files of {EVENTS_PER_FILE:,} events, one a batch, durable.")
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}. Medians.\n")
    heads = ("batch ms", "(progress)", "× limit", "first s", "whole s", "peak MB")
    print(f"{'':34}" + "".join(f"{head:>11}" for head in heads))
    for row in rows:
        ratio = row.batch_wall_ms / limit_ms if row.batch_wall_ms and limit_ms else None
        cells = (
            cell(row.batch_wall_ms, 1),
            cell(row.batch_progress_ms, 0),
            cell(ratio, 1),
            cell(row.first_result_s, 2),
            cell(row.process_s, 2),
            cell(row.peak_mb, 0),
        )
        print(f"{row.name:34}" + "".join(f"{cell:>11}" for cell in cells))
    print()


def _print_whole_input(runs: dict[str, list[Run]]) -> None:
    """All files at once: one batch against one statement."""
    statement = runs.get("DuckDB statement a file")
    batch = runs.get(IN_ONE_BATCH.name)
    if not statement or not batch:
        return
    limit_ms = statistics.median(run.report["all_ms"] for run in statement)
    batch_ms = statistics.median(run.report["progress_ms"][0] for run in batch)
    print(
        f"All {FILES * EVENTS_PER_FILE:,} events in one first batch: "
        f"{batch_ms:.0f} ms; as one DuckDB statement: {limit_ms:.0f} ms "
        f"({batch_ms / limit_ms:.1f}×).\n"
    )
