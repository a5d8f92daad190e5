"""Settings: what a run of the benchmarks measures, and where it puts figures."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process import Run, run_program

ROOT = Path(__file__).resolve().parent.parent
SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"
# Data of earlier runs is used again; it is the same in every run.
CACHE = Path(tempfile.gettempdir()) / "unbounded-bench"


@dataclass(frozen=True)
class Settings:
    """What the user asked for.

    Attributes:
        repeats: runs of each line instead of its own number, but Spark's one.
        lines: part of the name of the lines to run.
        results: the folder for figures.
        files: how many files W3 sends.
    """

    repeats: int | None
    has_spark: bool
    lines: str | None
    results: Path
    files: int


@dataclass(frozen=True)
class Workload:
    """One line of a table: a program, run several times."""

    name: str
    program: str
    options: tuple[str, ...] = ()
    repeats: int = 3
    python: str = sys.executable

    @property
    def is_spark(self) -> bool:
        return self.python == str(SPARK_PYTHON)


def on_spark(name: str, program: str, *options: str) -> Workload:
    """The same program on real Spark, once: it takes long."""
    return Workload(name, program, options, 1, str(SPARK_PYTHON))


def run_alternating(
    workloads: Sequence[Workload], settings: Settings, events: Path
) -> dict[str, list[Run]]:
    """Each workload's runs, taken in turns, so that all meet the same machine."""
    chosen = [row for row in workloads if _is_chosen(row, settings)]
    runs: dict[str, list[Run]] = {row.name: [] for row in chosen}
    with _work_folder() as folder:
        for number in range(max((_repeats(r, settings) for r in chosen), default=0)):
            for index, row in enumerate(chosen):
                if number < _repeats(row, settings):
                    place = folder / f"{index}-{number}"
                    run = run_program(
                        row.python, row.program, events, place, *row.options
                    )
                    runs[row.name].append(run)
                    shutil.rmtree(place)
    return runs


def _is_chosen(row: Workload, settings: Settings) -> bool:
    if row.is_spark and not (settings.has_spark and SPARK_PYTHON.exists()):
        return False
    return not settings.lines or settings.lines in row.name


def _repeats(row: Workload, settings: Settings) -> int:
    return row.repeats if row.is_spark else settings.repeats or row.repeats


@contextmanager
def _work_folder() -> Iterator[Path]:
    folder = ROOT / ".cache" / f"bench-{os.getpid()}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cached(name: str, write: Callable[[Path], None]) -> Path:
    """The folder of that name, written now if it never was; whole or not at all."""
    folder = CACHE / name
    if not folder.exists():
        part = CACHE / f"{name}.{os.getpid()}.part"
        write(part)
        part.rename(folder)
    return folder


def disagreeing(runs: dict[str, list[Run]]) -> list[str]:
    """Names of workloads whose answer is not that of most others."""
    answers = {
        name: json.dumps(sorted({json.dumps(run.report["answer"]) for run in rows}))
        for name, rows in runs.items()
        if rows and "answer" in rows[0].report
    }
    usual = statistics.mode(answers.values()) if answers else ""
    return [name for name, found in answers.items() if found != usual]


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def write_results(settings: Settings, name: str, document: dict[str, Any]) -> None:
    settings.results.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **document}, indent=2) + "\n"
    (settings.results / f"{name}.json").write_text(text, "utf-8")


def cell(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:,.{places}f}"


def print_row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:40}" + "".join(f"{text:>12}" for text in cells))


def verdict(wrong: Sequence[str], count: int) -> bool:
    """Say whether all answers agree; whether they do."""
    if wrong:
        print(f"FAILED. Another answer than the others': {', '.join(wrong)}")
        return False
    if count > 1:
        print("All gave the same answer.")
    return True
