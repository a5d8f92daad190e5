"""State reader: one version, whole, whatever goes away meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.state import (
    OperatorSchema,
    StateSettings,
    StateStore,
    read_changes,
    read_operators,
    read_rows,
)
from unbounded.types import LongType, StringType, StructField

COUNT = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("word", StringType()),),
    (StructField("count", LongType()),),
)
SEEN = replace(COUNT, operator_id=1, kind="dedupe", value_fields=())


def put(store: StateStore, **counts: int) -> None:
    state = store.operator(0)
    slots, _ = state.lookup_or_insert([pa.array(list(counts))])
    state.scatter(0, slots, pa.array(list(counts.values())))


def remove(store: StateStore, *words: str) -> None:
    state = store.operator(0)
    found = state.lookup([pa.array(words)])
    state.remove(found[found >= 0])


def opened(folder: Path, version: int = 0) -> StateStore:
    settings = StateSettings(purge_segments_min=1)
    return StateStore.open(LocalFiles(), str(folder), [COUNT], version, settings)


def rows_at(folder: Path, version: int, start: int | None = None) -> dict[str, int]:
    table = read_rows(LocalFiles(), str(folder), version, COUNT, start)
    assert table.column_names == ["key.word", "value.count"]
    keys, values = (column.to_pylist() for column in table.columns)
    return dict(zip(keys, values, strict=True))


def changes(folder: Path, first: int, last: int) -> list[tuple[int, bool, Any]]:
    found = read_changes(LocalFiles(), str(folder), first, last, COUNT)
    return [(version, gone, rows.to_pydict()) for version, gone, rows in found]


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_each_version_is_read_and_nothing_is_changed(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, a=1, b=2)
    store.commit(1)
    put(store, a=5, c=3)
    remove(store, "b")
    store.commit(2)
    before = listing(tmp_path)
    assert rows_at(tmp_path, 1) == {"a": 1, "b": 2}
    assert rows_at(tmp_path, 2) == {"a": 5, "c": 3}
    assert listing(tmp_path) == before


def test_rows_are_the_same_from_an_earlier_version_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for version in range(1, 7):
        put(store, **{f"w{version}": version, "a": version})
        remove(store, f"w{version - 2}")
        store.commit(version)
    for start in range(1, 7):
        assert rows_at(tmp_path, 6, start) == rows_at(tmp_path, 6)


def test_changes_are_removals_then_rows_of_each_version(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, a=1, b=2)
    store.commit(1)
    store.commit(2)
    put(store, a=5)
    remove(store, "b")
    put(store, b=7)
    store.commit(3)
    gone = {"key.word": ["b"], "value.count": [None]}
    assert changes(tmp_path, 1, 3) == [
        (1, False, {"key.word": ["a", "b"], "value.count": [1, 2]}),
        (3, True, gone),
        (3, False, {"key.word": ["a", "b"], "value.count": [5, 7]}),
    ]
    assert changes(tmp_path, 2, 2) == []


def test_changes_outlive_a_merge_and_a_purge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unbounded.state.compaction.SEGMENTS_MAX", 3)
    store = opened(tmp_path)
    for version in range(1, 21):
        put(store, **{f"w{version}": version})
        store.commit(version)
        store.compact()
        store.purge(version - 4)
    kept = [
        (version, False, {"key.word": [f"w{version}"], "value.count": [version]})
        for version in range(16, 21)
    ]
    assert changes(tmp_path, 16, 20) == kept
    with pytest.raises(CheckpointError) as error:
        changes(tmp_path, 9, 20)
    assert error.value.condition == "STATE_VERSION_NOT_FOUND"


def test_an_operator_is_found_by_what_it_is(tmp_path: Path) -> None:
    StateStore.open(LocalFiles(), str(tmp_path), [COUNT, SEEN], 0)
    assert read_operators(LocalFiles(), str(tmp_path)) == (COUNT, SEEN)
    other = replace(SEEN, store_name="left")
    with pytest.raises(CheckpointError) as error:
        read_rows(LocalFiles(), str(tmp_path), 0, other)
    assert error.value.condition == "STATE_VERSION_NOT_FOUND"


def test_a_folder_without_state_has_no_operators(tmp_path: Path) -> None:
    assert read_operators(LocalFiles(), str(tmp_path / "nothing")) == ()


class MeddledFiles(LocalFiles):
    """A disk on which something happens before each mapping of a segment."""

    def __init__(self, meddle: Callable[[int], None]) -> None:
        super().__init__()
        self.meddle = meddle
        self.mappings = 0

    def map(self, path: str) -> pa.Buffer:
        self.mappings += 1
        self.meddle(self.mappings)
        return super().map(path)


@pytest.mark.parametrize("at", range(1, 6))
def test_segments_that_go_away_while_being_read_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The query merges and purges just when the reader has mapped some files."""
    monkeypatch.setattr("unbounded.state.compaction.SEGMENTS_MAX", 2)
    store = opened(tmp_path)
    for version in range(1, 6):
        put(store, **{f"w{version}": version})
        store.commit(version)
    before = set(os.listdir(tmp_path))

    def meddle(mapping: int) -> None:
        if mapping == at:
            assert store.compact()
            store.purge(5)
            assert before - set(os.listdir(tmp_path))

    table = read_rows(MeddledFiles(meddle), str(tmp_path), 5, COUNT)
    assert table.column("value.count").to_pylist() == [1, 2, 3, 4, 5]


def test_a_restart_while_being_read_does_no_harm(tmp_path: Path) -> None:
    """The first attempt's files of later versions are gone, the rest is listed."""
    store = opened(tmp_path)
    for version in range(1, 4):
        put(store, **{f"w{version}": version})
        store.commit(version)

    def meddle(mapping: int) -> None:
        if mapping == 2:
            again = opened(tmp_path, 3)
            put(again, w4=4)
            again.commit(4)

    table = read_rows(MeddledFiles(meddle), str(tmp_path), 3, COUNT)
    assert table.column("value.count").to_pylist() == [1, 2, 3]


def test_a_version_purged_while_being_read_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unbounded.state.compaction.SEGMENTS_MAX", 2)
    store = opened(tmp_path)
    for version in range(1, 6):
        put(store, **{f"w{version}": version})
        store.commit(version)

    def meddle(mapping: int) -> None:
        if mapping == 2:
            assert store.compact()
            store.purge(5)

    with pytest.raises(CheckpointError) as error:
        read_rows(MeddledFiles(meddle), str(tmp_path), 3, COUNT)
    assert error.value.condition == "STATE_VERSION_NOT_FOUND"


def test_a_lost_segment_is_told_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, a=1)
    store.commit(1)
    opened(tmp_path, 1)
    [path] = tmp_path.glob("segment-*")
    path.unlink()
    files = MeddledFiles(lambda mapping: None)
    with pytest.raises(CheckpointError) as error:
        read_rows(files, str(tmp_path), 1, COUNT)
    assert error.value.condition.endswith("CANNOT_READ_STREAMING_STATE_FILE")
    assert files.mappings == 1


def test_a_damaged_segment_is_told(tmp_path: Path) -> None:
    store = opened(tmp_path)
    put(store, a=1)
    store.commit(1)
    [path] = tmp_path.glob("segment-*")
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError) as error:
        rows_at(tmp_path, 1)
    assert error.value.condition == "STATE_FILE_CORRUPT"
