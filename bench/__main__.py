"""Entry: `python -m bench` measures the workloads and prints their tables.

`make bench` runs all; the figures also go to `bench/results/<workload>.json`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import join_state, recovery, w0, w1, w2, w3, w4, w5
from bench.nexmark import figures as nexmark
from bench.process import ProgramFailed
from bench.settings import Settings

WORKLOADS = {
    "w0": w0.measure,
    "w1": w1.measure,
    "w2": w2.measure,
    "w3": w3.measure,
    "w4": w4.measure,
    "w5": w5.measure,
    "joins": join_state.measure,
    "nexmark": nexmark.measure,
    "recovery": recovery.measure,
}


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if options.only is None:
        return max(_in_own_process(name, arguments) for name in WORKLOADS)
    settings = Settings(
        repeats=options.repeats,
        has_spark=not options.no_spark,
        lines=options.lines,
        results=options.results,
        files=options.files,
    )
    try:
        answers_agree = WORKLOADS[options.only](settings)
    except ProgramFailed as failure:
        print(f"FAILED. {failure}", file=sys.stderr)
        return 1
    print(flush=True)
    return 0 if answers_agree else 1


def _in_own_process(name: str, arguments: Sequence[str]) -> int:
    """Measure one workload; its exit code.

    Linux counts the most memory of a process that starts another as the other's.
    """
    command = [sys.executable, "-m", "bench", "--only", name, *arguments]
    return subprocess.run(command, check=False).returncode


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure.")
    parser.add_argument("--only", choices=list(WORKLOADS), help="one workload")
    parser.add_argument("--lines", metavar="WORD", help="lines whose name has the word")
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    parser.add_argument("--repeats", type=int, help="runs of each, but Spark's one")
    parser.add_argument("--files", type=int, default=200, help="files that W3 sends")
    parser.add_argument(
        "--results", type=Path, default=Path(__file__).parent / "results", metavar="DIR"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
