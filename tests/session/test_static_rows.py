"""The rows of a static side: when they are others, and what they are."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from tests.analyzer.queries import expr
from unbounded.conf import RuntimeConf
from unbounded.errors import AnalysisError, ExecutionError
from unbounded.parser import parse_schema
from unbounded.plan.python_functions import EvalType, MapBatches, PythonFunction
from unbounded.plan.relations import (
    LocalRelation,
    Project,
    Relation,
    UnresolvedDataSource,
)
from unbounded.session import Session, SharedState, static_rows
from unbounded.session.static_rows import StaticRows

SCHEMA = parse_schema("k STRING")


def opened(shared: SharedState, plan: Relation) -> StaticRows:
    session = Session(shared, "session", "user", RuntimeConf({}))
    return StaticRows(session.analyze(plan), shared, session.context())


def read(rows: StaticRows, timestamp_ms: int = 0) -> list[object]:
    rows.version(timestamp_ms)
    table = rows.read(timestamp_ms, lambda stop: None)
    return list(table.column(0).to_pylist())


def write(file: Path, text: str, age_s: int = 100) -> None:
    """A file that was written so many seconds ago."""
    file.write_text(text)
    written = file.stat().st_mtime - age_s
    os.utime(file, (written, written))


def files(folder: Path) -> UnresolvedDataSource:
    return UnresolvedDataSource("text", SCHEMA, {}, (str(folder),))


def test_rows_of_files_are_the_same_until_one_is_written_anew(
    shared: SharedState, tmp_path: Path
) -> None:
    file = tmp_path / "0.txt"
    write(file, "a\nb\n")
    rows = opened(shared, files(tmp_path))
    first = rows.version(0)
    assert rows.version(5) == first
    assert read(rows) == ["a", "b"]
    write(file, "c\nd\n", age_s=50)
    assert rows.version(0) != first
    assert read(rows) == ["c", "d"]


def test_file_just_written_may_be_written_again(
    shared: SharedState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "0.txt", "a\n")
    rows = opened(shared, files(tmp_path))
    assert rows.version(0) == rows.version(0)
    monkeypatch.setattr(static_rows, "_TICK_NS", 200 * 1_000_000_000)
    assert rows.version(0) != rows.version(0)


def test_file_that_comes_later_is_not_read(shared: SharedState, tmp_path: Path) -> None:
    write(tmp_path / "0.txt", "a\n")
    rows = opened(shared, files(tmp_path))
    first = rows.version(0)
    (tmp_path / "1.txt").write_text("b\n")
    assert rows.version(0) == first
    assert read(rows) == ["a"]
    assert read(opened(shared, files(tmp_path))) == ["a", "b"]


def test_file_that_is_gone_is_an_error(shared: SharedState, tmp_path: Path) -> None:
    (tmp_path / "0.txt").write_text("a\n")
    rows = opened(shared, files(tmp_path))
    (tmp_path / "0.txt").unlink()
    with pytest.raises(ExecutionError) as gone:
        rows.version(0)
    assert gone.value.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"


def test_folder_that_is_not_there_is_refused(
    shared: SharedState, tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError) as missing:
        opened(shared, files(tmp_path / "none"))
    assert missing.value.condition == "PATH_NOT_FOUND"


def test_rows_that_change_are_asked_for_before_each_batch(shared: SharedState) -> None:
    now = [pa.table({"k": ["a"]})]
    plan = LocalRelation(now[0], SCHEMA, current=lambda: now[0])
    rows = opened(shared, plan)
    first = rows.version(0)
    assert rows.version(0) == first
    now[0] = pa.table({"k": ["a", "b"]})
    assert rows.version(0) != first
    assert read(rows) == ["a", "b"]


def test_rows_with_the_time_are_others_in_each_batch(shared: SharedState) -> None:
    table = LocalRelation(pa.table({"k": ["a"]}), SCHEMA)
    rows = opened(shared, Project(table, (expr("unix_millis(now()) AS t"),)))
    assert rows.version(1) == rows.version(1) != rows.version(2)
    assert read(rows, 7) == [7]


@pytest.mark.parametrize("is_deterministic", [True, False])
def test_functions_run_in_each_batch_unless_they_are_deterministic(
    shared: SharedState, is_deterministic: bool
) -> None:
    function = PythonFunction(
        "f", b"", EvalType.BATCHED, parse_schema("k STRING"), is_deterministic
    )
    session = Session(shared, "session", "user", RuntimeConf({}))
    session.catalog.functions.register(function)
    table = LocalRelation(pa.table({"k": ["a"]}), SCHEMA)
    rows = opened_in(session, Project(table, (expr("f(k)"),)))
    assert (rows.version(0) == rows.version(0)) is is_deterministic


def test_functions_over_batches_run_in_each_batch(shared: SharedState) -> None:
    function = PythonFunction("f", b"", EvalType.MAP_ARROW_ITER, SCHEMA)
    table = LocalRelation(pa.table({"k": ["a"]}), SCHEMA)
    rows = opened(shared, MapBatches(table, function))
    assert rows.version(0) != rows.version(0)


def opened_in(session: Session, plan: Relation) -> StaticRows:
    return StaticRows(session.analyze(plan), session.shared, session.context())
