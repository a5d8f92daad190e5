"""W0: fifty small files, one a batch, counted by action and hour.

Fifty JSON files of 2,000 events, `maxFilesPerTrigger` 1, complete mode, trigger
0, every batch durable. Each run is a fresh process. What it is measured against
runs beside it, on the same machine in the same minutes: the query as one DuckDB
statement (the limit), a loop written by hand, and real Spark if `.venv-spark`
is there. All must give the same table.

Writes nothing but its table to stdout, and its figures to a file if asked.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.events import EVENTS_PER_FILE, FILES, write_events
from bench.process import ProgramFailed, Run, run_program

ROOT = Path(__file__).resolve().parent.parent
SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"
WARM_UP_BATCHES = 3


@dataclass(frozen=True)
class Workload:
    """One line of the table: a program, run several times."""

    name: str
    program: str
    options: tuple[str, ...] = ()
    repeats: int = 3
    python: str = sys.executable


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
SPARK = Workload(
    "Spark 4.3, memory sink",
    "streaming_query",
    ("spark", "memory", "1"),
    repeats=1,
    python=str(SPARK_PYTHON),
)
CONNECT = Workload("unbounded.connect()", "connect", repeats=5)
ALL_FILES = str(FILES)
IN_ONE_BATCH = Workload(
    "unbounded, all files in one batch",
    "streaming_query",
    ("unbounded", "memory", ALL_FILES),
)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    folder = ROOT / ".cache" / f"bench-{os.getpid()}"
    try:
        write_events(folder / "events")
        figures, runs = _measure(folder, options)
    except ProgramFailed as failure:
        print(f"FAILED. {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = _disagreeing(runs)
    _print_table(figures)
    _print_whole_input(runs)
    if options.json:
        Path(options.json).write_text(
            json.dumps([asdict(row) for row in figures], indent=2) + "\n", "utf-8"
        )
    if wrong:
        print(f"FAILED. Another table than the others': {', '.join(wrong)}")
        return 1
    if len(runs) > 1:
        print("All gave the same table.")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure W0.")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    parser.add_argument("--only", metavar="WORD", help="lines whose name has the word")
    parser.add_argument("--repeats", type=int, help="runs of each, but Spark's one")
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> list[Workload]:
    rows = [*WORKLOADS, IN_ONE_BATCH, CONNECT]
    if SPARK_PYTHON.exists() and not options.no_spark:
        rows.append(SPARK)
    return [row for row in rows if not options.only or options.only in row.name]


def _measure(
    folder: Path, options: argparse.Namespace
) -> tuple[list[Figures], dict[str, list[Run]]]:
    runs: dict[str, list[Run]] = {}
    for workload in _chosen(options):
        repeats = workload.repeats
        if options.repeats and workload is not SPARK:
            repeats = options.repeats
        runs[workload.name] = [
            run_program(
                workload.python,
                workload.program,
                folder / "events",
                folder / f"{len(runs)}-{number}",
                *workload.options,
            )
            for number in range(repeats)
        ]
    return [_figures(name, rows) for name, rows in runs.items()], runs


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


def _disagreeing(runs: dict[str, list[Run]]) -> list[str]:
    """Names of workloads whose table is not that of most others."""
    answers = {
        name: json.dumps(sorted({json.dumps(run.report["answer"]) for run in rows}))
        for name, rows in runs.items()
        if "answer" in rows[0].report
    }
    usual = statistics.mode(answers.values()) if answers else ""
    return [name for name, found in answers.items() if found != usual]


def _cell(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:,.{places}f}"


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
            _cell(row.batch_wall_ms, 1),
            _cell(row.batch_progress_ms, 0),
            _cell(ratio, 1),
            _cell(row.first_result_s, 2),
            _cell(row.process_s, 2),
            _cell(row.peak_mb, 0),
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
