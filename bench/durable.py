"""Durable: a workload of files with a state, in rows a second from start to end.

What W4 and W5 share: they run in turns, rows a second and bytes of state are told, and
all must give one answer.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cell,
    disagreeing,
    print_row,
    run_alternating,
    verdict,
    write_results,
)

__all__ = ["OURS", "Durable", "measure_durable"]

OURS = "unbounded"


@dataclass(frozen=True)
class Durable:
    """One such workload; `held` is what of a report counts the state's rows."""

    name: str
    title: str
    workloads: Sequence[Workload]
    rows: int
    held: str
    bytes_title: str


def measure_durable(durable: Durable, settings: Settings, folder: Path) -> bool:
    """Run, print and write it over the rows in `folder`; whether all agreed."""
    runs = run_alternating(durable.workloads, settings, folder)
    figures = [_figures(durable, name, taken) for name, taken in runs.items()]
    ours = next((row["seconds"] for row in figures if row["name"] == OURS), None)
    print(f"{durable.title}\n")
    print_row("", ("rows/s", "seconds", "ours ×", durable.bytes_title, "peak MB"))
    for row in figures:
        cells = (
            cell(row["rows_per_s"], 0),
            cell(row["seconds"], 2),
            cell(row["seconds"] / ours if ours else None, 1),
            cell(row["state_bytes_each"], 0),
            cell(row["peak_mb"], 0),
        )
        print_row(row["name"], cells)
    print()
    write_results(settings, durable.name, {"rows": durable.rows, "lines": figures})
    return verdict(disagreeing(runs), len(runs))


def _figures(durable: Durable, name: str, taken: list[Run]) -> dict[str, Any]:
    seconds = statistics.median(run.report["seconds"] for run in taken)
    state = taken[0].report
    held = state.get(durable.held)
    return {
        "name": name,
        "rows_per_s": durable.rows / seconds,
        "seconds": seconds,
        "state_bytes_each": state["state_bytes"] / held if held else None,
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "runs_seconds": [run.report["seconds"] for run in taken],
    }
