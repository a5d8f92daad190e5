"""The example of a tested job, run as its page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 120


def test_the_suite_of_the_example_job_passes() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", ".", "--seeds", "3", "."],
        cwd=ROOT / "examples" / "orders",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    assert "13 passed" in ended.stdout
