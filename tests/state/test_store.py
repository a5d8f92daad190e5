"""State store: damage is named, foreign state refused, files few."""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, StateSettings, StateStore
from unbounded.testing import SimulatedFiles
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    to_arrow,
)

FILES = LocalFiles()
COUNT = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("word", StringType()),),
    (StructField("count", LongType()),),
)
OTHER = replace(COUNT, kind="dedupe", value_fields=())


def put(store: StateStore, **counts: int) -> None:
    state = store.operator(0)
    slots, _ = state.lookup_or_insert([pa.array(list(counts))])
    state.scatter(0, slots, pa.array(list(counts.values())))


def counts_of(store: StateStore) -> dict[str, int]:
    state = store.operator(0)
    slots = state.live_slots()
    words, counts = state.keys(slots)[0], state.gather(0, slots)
    return dict(zip(words.to_pylist(), counts.to_pylist(), strict=True))


def committed(folder: Path, versions: int = 2) -> StateStore:
    """A store with `versions` batches: {w1: 1}, {w1: 1, w2: 2}, …"""
    store = StateStore.open(FILES, str(folder), [COUNT], 0)
    for version in range(1, versions + 1):
        put(store, **{f"w{version}": version})
        store.commit(version)
    return store


def condition_of(folder: Path, version: int = 2) -> str:
    with pytest.raises(CheckpointError) as error:
        StateStore.open(FILES, str(folder), [COUNT], version)
    assert str(folder) in error.value.message
    return error.value.condition


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_new_store_is_empty(tmp_path: Path) -> None:
    store = StateStore.open(FILES, str(tmp_path / "a" / "b"), [COUNT], 0)
    assert (store.version, counts_of(store)) == (0, {})


def test_an_earlier_version_is_recovered_and_later_ones_are_forgotten(
    tmp_path: Path,
) -> None:
    committed(tmp_path, 3)
    store = StateStore.open(FILES, str(tmp_path), [COUNT], 2)
    assert counts_of(store) == {"w1": 1, "w2": 2}
    assert store.versions == [1, 2]
    assert condition_of(tmp_path, 3) == (
        "CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE"
    )


def test_a_purged_version_is_refused_by_name(tmp_path: Path) -> None:
    store = committed(tmp_path, 40)
    assert store.compact()
    put(store, more=1)
    store.commit(41)
    store.purge(41)
    assert store.versions == [40, 41]
    assert condition_of(tmp_path, 7) == "STATE_VERSION_NOT_FOUND"
    assert len(listing(tmp_path)) == 3


def test_every_damaged_byte_of_a_segment_is_noticed(tmp_path: Path) -> None:
    store = committed(tmp_path, 1)
    StateStore.open(FILES, str(tmp_path), [COUNT], 1)
    [path] = tmp_path.glob("segment-*")
    data = path.read_bytes()
    expected = counts_of(store)
    unread = range(8, 64)
    for position in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        if position in unread:
            continue
        assert condition_of(tmp_path, 1) == "STATE_FILE_CORRUPT", position
    path.write_bytes(data)
    assert counts_of(StateStore.open(FILES, str(tmp_path), [COUNT], 1)) == expected


@pytest.mark.parametrize("kept", [0, 10, 63, 500, -1])
def test_a_cut_segment_is_noticed(tmp_path: Path, kept: int) -> None:
    committed(tmp_path, 2)
    path = sorted(tmp_path.glob("segment-*"))[0]
    path.write_bytes(path.read_bytes()[:kept])
    assert condition_of(tmp_path) == "STATE_FILE_CORRUPT"


def test_a_missing_segment_is_noticed(tmp_path: Path) -> None:
    committed(tmp_path, 2)
    sorted(tmp_path.glob("segment-*"))[0].unlink()
    assert condition_of(tmp_path).endswith("CANNOT_READ_STREAMING_STATE_FILE")


def test_a_segment_of_another_version_under_its_name_is_noticed(
    tmp_path: Path,
) -> None:
    committed(tmp_path, 2)
    StateStore.open(FILES, str(tmp_path), [COUNT], 2)
    first, second = sorted(tmp_path.glob("segment-*"))
    second.write_bytes(first.read_bytes())
    assert condition_of(tmp_path) == "STATE_FILE_CORRUPT"


def test_a_refused_open_touches_nothing(tmp_path: Path) -> None:
    committed(tmp_path, 2)
    before = listing(tmp_path)
    with pytest.raises(CheckpointError):
        StateStore.open(FILES, str(tmp_path), [OTHER], 2)
    assert listing(tmp_path) == before


def test_dropped_state_starts_empty_and_does_not_come_back(tmp_path: Path) -> None:
    committed(tmp_path, 2)
    settings = StateSettings(drop_unmatched_operators=True)
    store = StateStore.open(FILES, str(tmp_path), [OTHER], 2, settings)
    assert store.operator(0).count == 0
    store.commit(3)
    again = StateStore.open(FILES, str(tmp_path), [COUNT], 3, settings)
    assert counts_of(again) == {}


def test_a_start_that_committed_nothing_binds_no_operator(tmp_path: Path) -> None:
    StateStore.open(FILES, str(tmp_path), [OTHER], 0)
    assert counts_of(StateStore.open(FILES, str(tmp_path), [COUNT], 0)) == {}


def test_a_commit_is_one_file_and_one_sync(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    operators = [replace(COUNT, operator_id=i) for i in range(3)]
    store = StateStore.open(files, str(tmp_path), operators, 0)
    before, steps = len(listing(tmp_path)), len(files.steps)
    put(store, a=1)
    store.commit(1)
    assert len(listing(tmp_path)) - before == 1
    assert len(files.steps) - steps <= 3


def test_metrics_are_those_of_the_last_commit(tmp_path: Path) -> None:
    store = committed(tmp_path, 3)
    state = store.operator(0)
    state.remove(state.lookup([pa.array(["w1"])]))
    put(store, w2=5, w9=9)
    store.commit(4)
    metrics = store.metrics(0)
    rows = (metrics.rows_total, metrics.rows_updated, metrics.rows_removed)
    assert rows == (3, 2, 1)
    assert metrics.memory_bytes == state.memory_bytes


def test_commits_go_on_while_another_thread_merges(tmp_path: Path) -> None:
    store = committed(tmp_path, 1)
    commits = queue.SimpleQueue[int | None]()
    merges = []

    def maintain() -> None:
        while commits.get() is not None:
            merges.append(store.compact())

    thread = threading.Thread(target=maintain)
    thread.start()
    for version in range(2, 200):
        put(store, **{f"w{version % 50}": version})
        store.commit(version)
        commits.put(version)
        store.purge(version - 5)
    commits.put(None)
    thread.join()
    assert any(merges)
    expected = counts_of(store)
    assert counts_of(StateStore.open(FILES, str(tmp_path), [COUNT], 199)) == expected


class MergingFiles(LocalFiles):
    """A disk that lets something happen while a merged segment is written."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile = lambda: None

    def write(self, path: str, data: Any) -> None:
        if "m" in path.rpartition("/")[2].removeprefix("segment-"):
            self.meanwhile()
        super().write(path, data)


def test_batches_go_on_in_the_middle_of_a_merge(tmp_path: Path) -> None:
    """A merge holds nothing that a commit, an abort or a purge has to wait for."""
    files = MergingFiles()
    settings = StateSettings(purge_segments_min=1)
    store = StateStore.open(files, str(tmp_path), [COUNT], 0, settings)
    for version in range(1, 41):
        put(store, **{f"w{version}": version})
        store.commit(version)

    def meanwhile() -> None:
        put(store, more=1)
        store.commit(41)
        put(store, lost=1)
        store.abort()
        put(store, last=2)
        store.commit(42)
        store.purge(41)

    files.meanwhile = meanwhile
    assert store.compact()
    expected = {f"w{n}": n for n in range(1, 41)} | {"more": 1, "last": 2}
    assert counts_of(store) == expected
    for version, rows in ((42, expected), (41, {**expected, "last": None})):
        reopened = StateStore.open(FILES, str(tmp_path), [COUNT], version)
        found = counts_of(reopened)
        assert found == {word: n for word, n in rows.items() if n is not None}


def test_recovery_reads_as_much_as_lives_not_as_was_written(tmp_path: Path) -> None:
    store = StateStore.open(FILES, str(tmp_path), [COUNT], 0)
    state = store.operator(0)
    words = pa.array([f"w{number}" for number in range(5000)])
    for version in range(1, 121):
        slots, _ = state.lookup_or_insert([words])
        state.scatter(0, slots, pa.array(np.full(5000, version)))
        store.commit(version)
        store.compact()
        store.purge(version)
    size = sum(len(data) for data in listing(tmp_path).values())
    assert len(listing(tmp_path)) <= 34 + 16
    assert size < 6_000_000
    reopened = StateStore.open(FILES, str(tmp_path), [COUNT], 120)
    assert counts_of(reopened) == counts_of(store)


def test_a_merge_of_later_segments_keeps_what_it_must_say_of_earlier_ones(
    tmp_path: Path,
) -> None:
    store = StateStore.open(FILES, str(tmp_path), [COUNT], 0)
    put(store, **{f"w{number}": number for number in range(500)})
    store.commit(1)
    state = store.operator(0)
    for version in range(2, 40):
        state.remove(state.lookup([pa.array([f"w{version}", f"w{version + 100}"])]))
        if version % 3 == 0:
            put(store, **{f"w{version}": -version, "new": version})
        store.commit(version)
    assert store.compact()
    merged = [file.name for file in tmp_path.glob("segment-*m*")]
    assert merged == ["segment-0000000002-0000000039-1m1.arrow"]
    expected = counts_of(store)
    assert list(expected)[-2:] == ["w36", "w39"]
    reopened = StateStore.open(FILES, str(tmp_path), [COUNT], 39)
    assert list(counts_of(reopened).items()) == list(expected.items())


VALUES: list[tuple[DataType, list[Any]]] = [
    (BooleanType(), [True, None, False]),
    (ShortType(), [1, None, -1]),
    (DoubleType(), [-0.0, None, float("inf")]),
    (DecimalType(38, 4), [Decimal("1.2345"), None, Decimal(-(10**33))]),
    (DateType(), [0, None, 20_000]),
    (TimestampType(), [0, None, 1_700_000_000_000_000]),
    (DayTimeIntervalType(), [1, None, -5]),
    (NullType(), [None, None, None]),
    (StringType(), ["", None, "long enough for some words"]),
    (BinaryType(), [b"\0", None, b""]),
    (ArrayType(StringType()), [["a", None], None, []]),
    (MapType(StringType(), LongType()), [[("a", 1)], None, []]),
    (
        StructType((StructField("list", ArrayType(LongType())),)),
        [{"list": [1]}, None, {"list": None}],
    ),
]


@pytest.mark.parametrize(("kind", "rows"), VALUES, ids=lambda part: str(part)[:30])
def test_values_of_every_type_survive_a_restart(
    tmp_path: Path, kind: DataType, rows: list[Any]
) -> None:
    schema = replace(COUNT, value_fields=(StructField("v", kind),))
    store = StateStore.open(FILES, str(tmp_path), [schema], 0)
    state = store.operator(0)
    slots, _ = state.lookup_or_insert([pa.array(["a", "b", "c", "gone"])])
    values = pa.array(rows, to_arrow(kind))
    state.scatter(0, slots[:3], values)
    state.remove(slots[3:])
    store.commit(1)
    for opened in (store, StateStore.open(FILES, str(tmp_path), [schema], 1)):
        state = opened.operator(0)
        found = state.gather(0, state.lookup([pa.array(["c", "b", "a"])]))
        found.validate(full=True)
        assert found.to_pylist() == values[::-1].to_pylist()


def test_a_recovered_state_is_hashed_by_the_function_given(tmp_path: Path) -> None:
    calls = []

    def hash_keys(arrays: list[pa.Array]) -> np.ndarray:
        calls.append(len(arrays[0]))
        return np.array([len(word) for word in arrays[0].to_pylist()], np.uint64)

    schema = replace(COUNT, hash_keys=hash_keys)
    store = StateStore.open(FILES, str(tmp_path), [schema], 0)
    put(store, a=1, b=2, ccc=3)
    store.commit(1)
    calls.clear()
    reopened = StateStore.open(FILES, str(tmp_path), [schema], 1)
    assert calls == [3]
    keys = [pa.array(["b", "ccc", "x"])]
    slots = reopened.operator(0).lookup(keys, np.array([1, 3, 1], np.uint64))
    assert slots.tolist() == [1, 2, -1]
