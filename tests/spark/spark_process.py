"""Spark process: the programs, and real Spark beside us to ask for their answers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["GOLDEN", "PROGRAMS", "SparkProcess", "program_file", "recorded"]

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
_PYTHON = _ROOT / ".venv-spark" / "bin" / "python"

GOLDEN = _HERE.parent / "golden" / "spark"
PROGRAMS = sorted(file.stem for file in (_HERE / "programs").glob("*.py"))

# Spark starts processes of its own for foreachBatch, with this Python and path.
_ENVIRONMENT = {
    "PYSPARK_PYTHON": str(_PYTHON),
    "PYTHONPATH": str(_ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "SPARK_LOCAL_IP": "127.0.0.1",
    "TZ": "UTC",
}


def program_file(program: str) -> Path:
    return _HERE / "programs" / f"{program}.py"


def recorded(program: str) -> Any:
    """The answer real Spark once gave; `make record-spark` writes it."""
    return json.loads((GOLDEN / f"{program}.json").read_text("utf-8"))


class SparkProcess:
    """Real Spark, started once and asked one program at a time."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [str(_PYTHON), "-m", "tests.spark.oracle"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=log.parent,
                env={**os.environ, **_ENVIRONMENT},
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def answer(self, program: str, folder: Path) -> Any:
        """What the program answers in an empty folder.

        Raises:
            AssertionError: it died, or Spark did.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps([str(program_file(program)), str(folder)])
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"real Spark gave up:\n{self._log.read_text()[-3000:]}"
        found = json.loads(answer)
        assert "rows" in found, f"{program} on real Spark:\n{found['died']}"
        return found["rows"]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
