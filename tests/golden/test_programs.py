"""Programs: each answers as real Spark once did, without Spark and without Java.

The answers under `spark/` are recorded by `make record-spark`; nothing here
rewrites them.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unbounded
from tests.spark.rows import difference, is_same, plain
from tests.spark.spark_process import GOLDEN, PROGRAMS, program_file, recorded


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    warehouse = str(tmp_path_factory.mktemp("warehouse"))
    session = unbounded.connect(conf={"spark.sql.warehouse.dir": warehouse})
    yield session
    session.stop()


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_answers_as_recorded_from_spark(
    program: str, spark: Any, tmp_path: Path
) -> None:
    expected = recorded(program)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    run = runpy.run_path(str(program_file(program)))["run"]
    found = plain(run(spark, str(tmp_path)))
    assert is_same(expected, found), f"\n{program}:\n{difference(expected, found)}"


def test_every_recorded_answer_has_its_program() -> None:
    assert sorted(file.stem for file in GOLDEN.glob("*.json")) == PROGRAMS


def test_comparison_sees_what_is_not_equal() -> None:
    assert is_same([1, 1.0, "a", None], [1, 1.0 + 1e-12, "a", None])
    for left, right in [(1, 1.0), (1, True), ("1", 1), ([1], [1, 2]), (0.0, None)]:
        assert not is_same(left, right)
