"""W3: how long a new file takes to the sink.

A file of 100 rows is renamed into the folder every 300 ms. Its time ends when its
rows are in the hands of the function of `foreachBatch`: as they are (stateless),
and as a running count by action. Against a loop written by hand, and real Spark.
"""

from __future__ import annotations

import statistics
from typing import Any

from bench.process import Run
from bench.settings import (
    CACHE,
    Settings,
    Workload,
    cell,
    disagreeing,
    on_spark,
    print_row,
    run_alternating,
    verdict,
    write_results,
)

INTERVAL_MS = 300
# Spark's JVM compiles what it runs for seconds.
WARM_UP_FILES = 20
FORMS = ("stateless", "count")
LOOP = "loop by hand"


def measure(settings: Settings) -> bool:
    """Run, print and write W3; whether all gave the same answer."""
    if settings.files < 2 * WARM_UP_FILES:
        raise SystemExit(f"W3 sends at least {2 * WARM_UP_FILES} files.")
    print(f"W3: a file of 100 rows every {INTERVAL_MS} ms, until it is at the sink.\n")
    print_row("", ("p50 ms", "p99 ms", "× loop p50", "peak MB"))
    figures: list[dict[str, Any]] = []
    wrong: list[str] = []
    for form in FORMS:
        # The programs write their own input; no folder of events is read.
        runs = run_alternating(_lines(form, settings.files), settings, CACHE)
        wrong += disagreeing(runs)
        figures += _print(form, runs)
    print()
    write_results(settings, "w3", {"files": settings.files, "lines": figures})
    return verdict(wrong, len(figures))


def _lines(form: str, files: int) -> tuple[Workload, ...]:
    rest = (form, str(files), str(INTERVAL_MS))
    return (
        Workload(f"unbounded, {form}", "w3_query", ("unbounded", *rest), 1),
        Workload(f"{LOOP}, {form}", "w3_loop", rest, 1),
        on_spark(f"Spark 4.3, {form}", "w3_query", "spark", *rest),
    )


def _print(form: str, runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    rows = [_figures(name, taken) for name, taken in runs.items()]
    loop = next((r["p50_ms"] for r in rows if r["name"] == f"{LOOP}, {form}"), None)
    for row in rows:
        cells = (
            cell(row["p50_ms"], 1),
            cell(row["p99_ms"], 1),
            cell(row["p50_ms"] / loop if loop else None, 1),
            cell(row["peak_mb"], 0),
        )
        print_row(row["name"], cells)
    return rows


def _figures(name: str, taken: list[Run]) -> dict[str, Any]:
    times = sorted(
        time for run in taken for time in run.report["latency_ms"][WARM_UP_FILES:]
    )
    return {
        "name": name,
        "p50_ms": statistics.median(times),
        "p99_ms": statistics.quantiles(times, n=100, method="inclusive")[98],
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "latency_ms": times,
    }
