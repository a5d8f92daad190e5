"""State store against a dict a version: restarts, merges, and a disk that dies.

A small query runs over batches drawn at random; its commit log is a file a
batch, as the runtime's. Whatever happens, a restart finds the state of the last
batch in that log, and the end is that of an undisturbed run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unbounded.files import Files, LocalFiles
from unbounded.state import (
    OperatorSchema,
    StateSettings,
    StateStore,
    compaction,
    read_changes,
    read_rows,
)
from unbounded.testing import SimulatedCrash, SimulatedFiles
from unbounded.types import ArrayType, LongType, StringType, StructField

COUNTS = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("word", StringType()),),
    (StructField("count", LongType()), StructField("all", ArrayType(LongType()))),
)
SEEN = OperatorSchema(1, "dedupe", (StructField("word", StringType()),), ())
SCHEMAS = (COUNTS, SEEN)
SETTINGS = StateSettings(purge_segments_min=1)
KEEP = 3

Rows = dict[str, tuple[int, list[int]]]


@dataclass(frozen=True)
class Batch:
    """What one batch does: words to count, then words to forget."""

    upserted: list[str]
    removed: list[str]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "long " * 9]), max_size=3)
BATCHES = st.lists(st.builds(Batch, WORDS, WORDS), min_size=1, max_size=9)


@pytest.fixture(autouse=True, params=["for rows", "for files"])
def eager_compaction(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merge as often as one of the rules allows: few batches see every case."""
    rows_min = {"for rows": 4, "for files": 1000}[request.param]
    monkeypatch.setattr(compaction, "ROWS_MIN", rows_min)
    monkeypatch.setattr(compaction, "SEGMENTS_MAX", 3)


def expected(batches: list[Batch]) -> list[Rows]:
    """The rows after each number of batches, in order of insertion."""
    rows: Rows = {}
    versions = [dict(rows)]
    for number, batch in enumerate(batches):
        for word in dict.fromkeys(batch.upserted):
            count, numbers = rows.get(word, (0, []))
            rows[word] = (count + 1, [*numbers, number])
        for word in batch.removed:
            rows.pop(word, None)
        versions.append(dict(rows))
    return versions


def apply(store: StateStore, number: int, batch: Batch) -> None:
    for index in range(2):
        state = store.operator(index)
        words = pa.array(list(dict.fromkeys(batch.upserted)), pa.string())
        slots, _ = state.lookup_or_insert([words])
        if index == 0:
            counts = state.gather(0, slots).fill_null(0).to_pylist()
            lists = state.gather(1, slots).to_pylist()
            state.scatter(0, slots, pa.array([count + 1 for count in counts]))
            longer = [[*(old or []), number] for old in lists]
            state.scatter(1, slots, pa.array(longer, pa.list_(pa.int64())))
        gone = state.lookup([pa.array(batch.removed, pa.string())])
        state.remove(gone[gone >= 0])


def rows_of(store: StateStore) -> Rows:
    state = store.operator(0)
    slots = state.live_slots()
    words = state.keys(slots)[0].to_pylist()
    seen = store.operator(1)
    assert seen.keys(seen.live_slots())[0].to_pylist() == words
    columns = [state.gather(column, slots).to_pylist() for column in range(2)]
    return dict(zip(words, zip(*columns, strict=True), strict=True))


def rows_on_disk(files: Files, folder: str, version: int) -> Rows:
    counts = read_rows(files, folder, version, COUNTS)
    words, numbers, lists = (column.to_pylist() for column in counts.columns)
    return dict(zip(words, zip(numbers, lists, strict=True), strict=True))


def run(files: Files, root: str, batches: list[Batch], merges: bool = True) -> Rows:
    """Take the query up where its commit log says, and run it to the end."""
    versions = expected(batches)
    committed = [n for n in files.list_names(f"{root}/commits") if n.isdigit()]
    version = len(committed)
    store = StateStore.open(files, f"{root}/state", SCHEMAS, version, SETTINGS)
    assert rows_of(store) == versions[version]
    for number in range(version, len(batches)):
        apply(store, number, batches[number])
        store.commit(number + 1)
        assert rows_of(store) == versions[number + 1]
        files.create(f"{root}/commits/{number}", b"v1")
        if merges:
            store.compact()
            store.purge(number + 1 - KEEP)
    return rows_of(store)


@given(BATCHES)
def test_every_retained_version_is_recovered(
    tmp_path_factory: pytest.TempPathFactory, batches: list[Batch]
) -> None:
    root = str(tmp_path_factory.mktemp("state"))
    files = SimulatedFiles(root)
    versions = expected(batches)
    assert run(files, root, batches) == versions[-1]
    latest = len(batches)
    for version in range(latest, max(latest - KEEP, 1) - 1, -1):
        folder = f"{root}/state"
        assert rows_on_disk(files, folder, version) == versions[version]
        store = StateStore.open(files, folder, SCHEMAS, version, SETTINGS)
        assert rows_of(store) == versions[version]
        assert store.version == version


@given(BATCHES, st.data())
def test_abort_returns_to_the_last_commit(
    tmp_path_factory: pytest.TempPathFactory, batches: list[Batch], data: st.DataObject
) -> None:
    root = str(tmp_path_factory.mktemp("state"))
    files = SimulatedFiles(root)
    store = StateStore.open(files, root, SCHEMAS, 0)
    versions = expected(batches)
    for number, batch in enumerate(batches):
        if data.draw(st.booleans()):
            apply(store, number, Batch(["lost", "a"], ["b"]))
            store.abort()
            assert rows_of(store) == versions[number]
        apply(store, number, batch)
        store.commit(number + 1)
    reopened = StateStore.open(files, root, SCHEMAS, len(batches))
    assert rows_of(reopened) == versions[-1]


STORY = [
    Batch(["a", "b"], []),
    Batch(["b", "c"], ["a"]),
    Batch([], ["b"]),
    Batch(["b", "a"], []),
    Batch([], []),
    Batch(["d"], ["c", "d"]),
    Batch(["a"], []),
]


def count_steps(folder: Path, act: Callable[[SimulatedFiles], object]) -> int:
    folder.mkdir()
    files = SimulatedFiles(str(folder))
    act(files)
    return len(files.steps)


def test_a_crash_at_any_step_loses_no_committed_batch(tmp_path: Path) -> None:
    whole = expected(STORY)[-1]
    steps = count_steps(tmp_path / "whole", lambda f: run(f, f.root, STORY))
    assert steps > 60
    for step in range(1, steps + 1):
        root = tmp_path / f"crash-{step}"
        root.mkdir()
        files = SimulatedFiles(str(root), seed=step)
        files.crash_at(step)
        with pytest.raises(SimulatedCrash):
            run(files, files.root, STORY)
        files.reboot()
        assert run(files, files.root, STORY) == whole, f"crash at step {step}"


def test_a_reader_at_any_step_sees_each_batch_kept(tmp_path: Path) -> None:
    """Another process looks whenever the query has just acted on the disk."""
    versions = expected(STORY)
    steps = count_steps(tmp_path / "whole", lambda f: run(f, f.root, STORY))
    seen = set()
    for step in range(1, steps + 1):
        root = tmp_path / f"look-{step}"
        root.mkdir()
        files = SimulatedFiles(str(root), seed=step)
        files.crash_at(step)
        with pytest.raises(SimulatedCrash):
            run(files, files.root, STORY)
        outside = LocalFiles()
        done = outside.list_names(f"{root}/commits")
        latest = sum(name.isdigit() for name in done)
        for version in range(max(1, latest - KEEP + 1), latest + 1):
            found = rows_on_disk(outside, f"{root}/state", version)
            assert found == versions[version], f"step {step}, version {version}"
            assert changes_on_disk(outside, f"{root}/state", version) == (
                _difference(versions[version - 1], versions[version])
            ), f"step {step}, version {version}"
            seen.add(version)
    assert seen == set(range(1, len(STORY) + 1))


def changes_on_disk(files: Files, folder: str, version: int) -> tuple[set[str], Rows]:
    """The keys whose rows went, and those that came or are others now."""
    gone: set[str] = set()
    rows: Rows = {}
    for _, is_removal, table in read_changes(files, folder, version, version, COUNTS):
        words, numbers, lists = (column.to_pylist() for column in table.columns)
        if is_removal:
            gone |= set(words)
        else:
            rows |= dict(zip(words, zip(numbers, lists, strict=True), strict=True))
    return gone - rows.keys(), rows


def _difference(before: Rows, after: Rows) -> tuple[set[str], Rows]:
    changed = {word: row for word, row in after.items() if before.get(word) != row}
    return before.keys() - after.keys(), changed


def test_a_second_crash_while_recovering_loses_nothing(tmp_path: Path) -> None:
    whole = expected(STORY)[-1]
    for seed in range(12):
        root = tmp_path / f"seed-{seed}"
        root.mkdir()
        files = SimulatedFiles(str(root), seed=seed)
        for step in (23 + 3 * seed, 2 + seed, 5 + 2 * seed):
            files.crash_at(step)
            with pytest.raises(SimulatedCrash):
                run(files, files.root, STORY)
            files.reboot()
        assert run(files, files.root, STORY) == whole, f"seed {seed}"


def test_leftovers_of_a_crashed_run_are_deleted_at_the_next_open(
    tmp_path: Path,
) -> None:
    files = SimulatedFiles(str(tmp_path))
    store = StateStore.open(files, str(tmp_path), SCHEMAS, 0)
    apply(store, 0, STORY[0])
    store.commit(1)
    StateStore.open(files, str(tmp_path), SCHEMAS, 0)
    assert os.listdir(tmp_path) == ["manifest"]


def test_a_rerun_batch_never_takes_the_name_of_its_first_attempt(
    tmp_path: Path,
) -> None:
    files = SimulatedFiles(str(tmp_path))
    names = []
    for _ in range(2):
        store = StateStore.open(files, str(tmp_path), SCHEMAS, 0)
        apply(store, 0, STORY[0])
        store.commit(1)
        names += [n for n in os.listdir(tmp_path) if n.startswith("segment")]
    assert len(names) == len(set(names)) == 2


def test_live_slots_keep_their_order_through_restarts(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    words = [f"w{number}" for number in np.random.default_rng(5).permutation(3000)]
    store = StateStore.open(files, str(tmp_path), (SEEN,), 0)
    state = store.operator(0)
    state.lookup_or_insert([pa.array(words)])
    state.remove(state.lookup([pa.array(words[1000:2000])]))
    store.commit(1)
    state.lookup_or_insert([pa.array(words[1500:])])
    store.commit(2)
    order = words[:1000] + words[2000:] + words[1500:2000]
    for opened in (store, StateStore.open(files, str(tmp_path), (SEEN,), 2)):
        state = opened.operator(0)
        assert state.keys(state.live_slots())[0].to_pylist() == order
