"""Nexmark's figures: five million events, each query alone, in a process of its own.

Twenty batches of 250,000 events, a file of each kind, to a sink that keeps nothing,
every batch durable. All events count, also those that a query has no use for. Seconds
go from the start of the first batch to the last commit, so start-up is left out. Beside
real Spark with its default state store, the quicker one, where Spark accepts the
query. Flink 2's are published figures (github.com/nexmark/nexmark): 100 million events
made in memory, eight tasks on machines of eight cores, state in RocksDB, a checkpoint
every three minutes, and so many events a second for each core that was busy; ours are
for each core there is.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

from bench.nexmark.events import write_events
from bench.nexmark.queries import QUERIES
from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cached,
    cell,
    disagreeing,
    machine,
    on_spark,
    print_row,
    run_alternating,
    verdict,
    write_results,
)

EVENTS = 5_000_000
FILES = 20
FLINK_PER_CORE = {
    "q0": 379_000,
    "q4": 28_000,
    "q5": 75_000,
    "q7": 23_000,
    "q9": 14_000,
    "q16": 45_000,
    "q20": 18_000,
}


def measure(settings: Settings) -> bool:
    """Run, print and write the figures; whether ours and Spark's answers agree."""
    events = cached("nexmark-2", partial(write_events, events=EVENTS, files=FILES))
    print(f"Nexmark: {EVENTS:,} events, {FILES} batches, durable.\n")
    heads = ("events/s", "per core", "ours ×", "Flink/core", "peak MB")
    print_row("", heads)
    figures: list[dict[str, Any]] = []
    wrong: list[str] = []
    for name in QUERIES:
        runs = run_alternating(_lines(name), settings, events)
        lines = [_figures(name, line, taken) for line, taken in runs.items()]
        for line in lines:
            _print(line, lines[0])
        figures += lines
        wrong += disagreeing(runs)
    print()
    write_results(settings, "nexmark", {"events": EVENTS, "lines": figures})
    return verdict(wrong, len(figures))


def _lines(name: str) -> list[Workload]:
    """Ours, and Spark's if it takes the query."""
    lines = [Workload(f"{name} unbounded", "nexmark_query", ("unbounded", "-", name))]
    if not QUERIES[name].is_refused:
        spark = ("spark", "hdfs", name)
        lines.append(on_spark(f"{name} Spark 4.3", "nexmark_query", *spark))
    return lines


def _figures(name: str, line: str, taken: list[Run]) -> dict[str, Any]:
    seconds = statistics.median(run.report["seconds"] for run in taken)
    return {
        "name": line,
        "query": name,
        "events_per_s": EVENTS / seconds,
        "events_per_s_and_core": EVENTS / seconds / machine()["cores"],
        "seconds": seconds,
        "rows_out": taken[0].report["rows_out"],
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }


def _print(row: dict[str, Any], first: dict[str, Any]) -> None:
    cells = (
        cell(row["events_per_s"], 0),
        cell(row["events_per_s_and_core"], 0),
        cell(row["seconds"] / first["seconds"], 1),
        cell(FLINK_PER_CORE.get(row["query"]), 0),
        cell(row["peak_mb"], 0),
    )
    print_row(row["name"], cells)
