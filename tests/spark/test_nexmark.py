"""Nexmark: which forms of its queries real Spark refuses, and which are the same."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from bench.nexmark.queries import QUERIES, RANKED

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = ROOT / ".venv-spark" / "bin" / "python"


def test_spark_refuses_what_is_marked_and_answers_other_forms_alike(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [str(PYTHON), "-m", "tests.spark.nexmark_forms", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "refused": [name for name, query in QUERIES.items() if query.is_refused],
        "refused ranked": list(RANKED),
        "same": list(RANKED),
    }
