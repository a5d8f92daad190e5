"""Where a stream's files are, as of its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.conf import RuntimeConf
from unbounded.errors import AnalysisError
from unbounded.parser import parse_schema
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import SourceScan, UnresolvedDataSource
from unbounded.plan.tree import walk
from unbounded.runtime import QueryDefinition
from unbounded.session import Session, SharedState


def define(folder: str, **options: str) -> QueryDefinition:
    shared = SharedState(new_id=lambda: "id")
    session = Session(shared, "session", "user", RuntimeConf())
    source = UnresolvedDataSource(
        "json", parse_schema("n INT"), options, (folder,) if folder else (), True
    )
    return session.streams.define(WriteStream(source, "noop", "append"))


def paths_of(definition: QueryDefinition) -> tuple[str, ...]:
    scans = [n for n in walk(definition.plan) if isinstance(n, SourceScan)]
    return scans[0].source.paths


def test_relative_path_is_that_of_the_working_folder_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    definition = define("in")
    monkeypatch.chdir("/")
    assert paths_of(definition) == (str(tmp_path / "in"),)


def test_path_may_be_an_option(tmp_path: Path) -> None:
    assert paths_of(define("", path=str(tmp_path))) == (str(tmp_path),)


def test_missing_folder_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as refusal:
        define(str(tmp_path / "nowhere"))
    assert refusal.value.condition == "PATH_NOT_FOUND"
