"""Process: a program run fresh, timed and weighed from outside.

The program gets the input folder, an empty folder of its own and its options,
and prints one line of JSON last. Moments it reports are `time.time()`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.watch import Arrivals

PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """One run of a program.

    Attributes:
        seconds: from the start of the process to its end.
        peak_mb: the most memory held, a JVM's included.
        report: what the program printed.
    """

    seconds: float
    first_result_seconds: float | None
    peak_mb: float
    report: dict[str, Any]


class ProgramFailed(Exception):
    """A program of the benchmark ended with an error."""


def run_program(
    python: str, program: str, events: Path, folder: Path, *options: str
) -> Run:
    """Run `bench/programs/<program>.py` in a process of its own."""
    folder.mkdir(parents=True)
    commits = Arrivals(folder / "checkpoint" / "commits")
    command = [python, str(PROGRAMS / f"{program}.py"), str(events), str(folder)]
    with (folder / "errors.log").open("w") as errors:
        started = time.time()
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_environment(python),
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.time() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = output.strip().splitlines()
    if process.returncode != 0 or not lines:
        tail = "\n".join((folder / "errors.log").read_text().splitlines()[-12:])
        raise ProgramFailed(f"{program} ended with {process.returncode}:\n{tail}")
    report = json.loads(lines[-1])
    report.setdefault("wall_ms", commits.intervals_ms())
    first = report.get("first_result_at")
    return Run(
        seconds=seconds,
        first_result_seconds=None if first is None else first - started,
        peak_mb=_megabytes(usage) + report.get("jvm_peak_mb", 0.0),
        report=report,
    )


def _environment(python: str) -> dict[str, str]:
    """This one's, where programs find each other as `bench.programs`.

    Spark runs functions of Python in processes of that Python.
    """
    known = os.environ.get("PYTHONPATH")
    path = f"{ROOT}{os.pathsep}{known}" if known else str(ROOT)
    ours = {"PYTHONPATH": path, "TZ": "UTC", "PYTHONHASHSEED": "0"}
    return {**os.environ, **ours, "PYSPARK_PYTHON": python}


def _megabytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 2**20
