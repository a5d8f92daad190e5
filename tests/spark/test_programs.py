"""Programs: each gives the same answer here and on real Spark.

A program is a file under `programs/` with a function `run(spark, folder)` in plain
PySpark; it returns rows in an order of its own making. Real Spark is started
once, in another process.
"""

from __future__ import annotations

import difflib
import json
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unbounded
from tests.spark.rows import is_same, plain

HERE = Path(__file__).parent
SPARK_PYTHON = HERE.parent.parent / ".venv-spark" / "bin" / "python"

PROGRAMS = sorted(file.stem for file in (HERE / "programs").glob("*.py"))
# The fixed sample that .ci/run compares at every landing.
SAMPLE = {
    "batch_functions",
    "batch_show",
    "error_conditions",
    "stream_append_watermark",
    "stream_complete_counts",
    "stream_update_foreach_batch",
}


class Oracle:
    """Real Spark, asked one program at a time."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [str(SPARK_PYTHON), str(HERE / "oracle.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def answer(self, program: Path, folder: Path) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(program), str(folder)]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"real Spark gave up:\n{self._log.read_text()[-3000:]}"
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    oracle = Oracle(tmp_path_factory.mktemp("oracle") / "spark.log")
    yield oracle
    oracle.close()


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = unbounded.connect()
    yield session
    session.stop()


def marked(program: str) -> Any:
    marks = [pytest.mark.sample] if program in SAMPLE else []
    return pytest.param(program, marks=marks)


@pytest.mark.parametrize("program", [marked(program) for program in PROGRAMS])
def test_program_answers_as_on_spark(
    program: str, oracle: Oracle, spark: Any, tmp_path: Path
) -> None:
    file = HERE / "programs" / f"{program}.py"
    folders = tmp_path / "spark", tmp_path / "unbounded"
    for folder in folders:
        folder.mkdir()
    expected = oracle.answer(file, folders[0])
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    found = plain(runpy.run_path(str(file))["run"](spark, str(folders[1])))
    assert is_same(expected, found), f"\n{program}:\n{difference(expected, found)}"


def difference(expected: list[Any], found: list[Any]) -> str:
    """The rows that are not the same: Spark's with a minus, ours with a plus."""
    left, right = ([json.dumps(row) for row in rows] for rows in (expected, found))
    if len(left) == len(right):
        pairs = zip(expected, found, left, right, strict=True)
        lines = [f"- {a}\n+ {b}" for x, y, a, b in pairs if not is_same(x, y)]
    else:
        lines = list(difflib.unified_diff(left, right, "Spark", "unbounded", n=0))
    return "\n".join(line.rstrip() for line in lines)


def test_sample_is_there() -> None:
    assert set(PROGRAMS) >= SAMPLE


@pytest.mark.sample
def test_comparison_sees_what_is_not_equal() -> None:
    assert is_same([1, 1.0, "a", None], [1, 1.0 + 1e-12, "a", None])
    for left, right in [(1, 1.0), (1, True), ("1", 1), ([1], [1, 2]), (0.0, None)]:
        assert not is_same(left, right)
