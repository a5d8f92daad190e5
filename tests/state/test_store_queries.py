"""The store under a streaming query: what it keeps, purges, refuses and survives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.streams.steps import (
    AddFile,
    CheckNewAnswer,
    Query,
    Start,
    Stop,
    StreamWorld,
    filtered,
    grouped,
    run_steps,
)
from tests.streams.test_deduplicate import deduplicated
from unbounded.errors import UnboundedError
from unbounded.files import LocalFiles
from unbounded.plan.relations import Relation
from unbounded.sources.statestore import state_table
from unbounded.state import StateSettings, keyed_state

FILES = LocalFiles()
COUNTS = grouped(["key"], ["count(*)", "sum(value)"])
RETAINED = 6


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merges and purges as often as can be, so that few batches see many."""
    settings = StateSettings(purge_segments_min=1)
    monkeypatch.setattr(
        "unbounded.state.store.StateSettings", lambda *_, **__: settings
    )
    monkeypatch.setattr("unbounded.state.compaction.SEGMENTS_MAX", 3)
    monkeypatch.setattr("unbounded.state.compaction.ROWS_MIN", 30)


def rows_of_batch(number: int) -> list[str]:
    random = np.random.default_rng(number)
    keys = random.integers(0, 12, 5).tolist()
    return [f"00:00:{number:02d} {_key(k)} {k * number % 7}" for k in keys]


def _key(number: int) -> str:
    return "." if number == 0 else f"key-{number}" * number


def counted(world: StreamWorld, batch_id: int | None = None) -> dict[str, list[Any]]:
    """The state of the query's checkpoint, as its readers are shown it."""
    options = {} if batch_id is None else {"batchid": str(batch_id)}
    table = state_table(options, (f"{world.folder}/checkpoint",), FILES)
    rows = table.to_pylist()
    return {row["key"]["key"]: list(row["value"].values()) for row in rows}


def in_memory(world: StreamWorld) -> dict[str, list[Any]]:
    assert world.execution is not None
    store = world.execution._store
    assert store is not None
    state = store.operator(0)
    slots = state.live_slots()
    values = zip(*(state.gather(n, slots).to_pylist() for n in range(2)), strict=True)
    return dict(zip(state.keys(slots)[0].to_pylist(), map(list, values), strict=True))


def tree(folder: str) -> dict[str, bytes]:
    return {
        path.as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def started(folder: Path, query: Query = COUNTS, **confs: str) -> StreamWorld:
    world = StreamWorld(str(folder), query, "update", confs=confs)
    world.start()
    return world


# --- versions -------------------------------------------------------------------


def test_every_retained_batch_is_a_place_to_go_on_from(
    tmp_path: Path, eager: None
) -> None:
    retain = {"spark.sql.streaming.minBatchesToRetain": str(RETAINED)}
    world = started(tmp_path / "whole", **retain)
    states = []
    batches = 25
    for number in range(batches):
        world.add_file(rows_of_batch(number))
        world.process_all()
        states.append(in_memory(world))
    world.stop()
    for last in range(batches - RETAINED, batches):
        assert counted(world, last) == states[last]
        again = _cut(world, tmp_path / f"from-{last}", last, retain)
        again.start()
        assert in_memory(again) == states[last]
        again.process_all()
        assert in_memory(again) == states[-1]
        assert counted(again) == states[-1]
        again.stop()
        first = next((batch_id for batch_id, _ in again.deliveries), batches)
        assert first == last + 1 or last == batches - 1


def _cut(world: StreamWorld, folder: Path, last: int, confs: Any) -> StreamWorld:
    """The same query, as if its checkpoint had been copied after batch `last`."""
    shutil.copytree(world.folder, folder)
    for log in ("offsets", "commits"):
        for name in os.listdir(folder / "checkpoint" / log):
            if int(name) > last:
                os.unlink(folder / "checkpoint" / log / name)
    log = folder / "checkpoint" / "sources" / "0"
    for name in os.listdir(log):
        if not name.endswith(".compact") and int(name) > last:
            os.unlink(log / name)
    return _Moved(world, str(folder), confs)


class _Moved(StreamWorld):
    """A world in another folder that reads the files of the first."""

    def __init__(self, world: StreamWorld, folder: str, confs: Any) -> None:
        super().__init__(folder, world.query, world.output_mode, confs=confs)
        self.events = world.events
        self.files.settle()


def test_what_no_retained_batch_needs_is_purged(tmp_path: Path, eager: None) -> None:
    world = started(tmp_path, **{"spark.sql.streaming.minBatchesToRetain": "3"})
    counts = []
    for number in range(40):
        world.add_file(rows_of_batch(number))
        world.process_all()
        counts.append(len(os.listdir(f"{world.folder}/checkpoint/_unbounded/state")))
    assert max(counts) <= 12
    with pytest.raises(UnboundedError) as error:
        counted(world, 20)
    assert error.value.condition in (
        "STDS_OFFSET_LOG_UNAVAILABLE",
        "STATE_VERSION_NOT_FOUND",
    )
    for batch_id in (37, 38, 39):
        assert len(counted(world, batch_id)) == 12


# --- collisions --------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [COUNTS, deduplicated("key"), grouped(["key", "value"], ["count(*)"])],
    ids=["aggregate", "deduplicate", "two keys"],
)
def test_keys_that_all_collide_give_the_same_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: Query
) -> None:
    def batches(folder: Path) -> list[tuple[int, list[str]]]:
        world = StreamWorld(str(folder), query, "update")
        world.start()
        for number in range(6):
            if number == 3:
                world.stop()
                world.start()
            world.add_file(rows_of_batch(number))
            world.process_all()
        world.stop()
        return [(batch_id, sorted(rows)) for batch_id, rows in world.deliveries]

    usual = batches(tmp_path / "usual")
    hashed = []
    genuine = keyed_state._hash_prepared

    def two_hashes(columns: Any, prepared: Any) -> Any:
        hashes = genuine(columns, prepared) % np.uint64(2)
        hashed.append(len(hashes))
        return hashes

    monkeypatch.setattr(keyed_state, "_hash_prepared", two_hashes)
    assert batches(tmp_path / "colliding") == usual
    assert sum(hashed) > 30


# --- identity ----------------------------------------------------------------------


def test_an_edited_filter_keeps_the_state(tmp_path: Path) -> None:
    def above(limit: int) -> Query:
        return lambda source: COUNTS(filtered(f"value > {limit}")(source))

    run_steps(
        tmp_path,
        above(0),
        "update",
        AddFile("00:00:00 a 1", "00:00:00 b 5"),
        CheckNewAnswer("a 1 1", "b 1 5"),
        Stop(),
        Start(above(3)),
        AddFile("00:00:01 a 2", "00:00:01 a 4"),
        CheckNewAnswer("a 2 5"),
    )


def _summed(source: Relation) -> Relation:
    return grouped(["key"], ["count(*)", "sum(value + 1)"])(source)


def _distinct_keys(source: Relation) -> Relation:
    return grouped(["upper(key)"], ["count(*)", "sum(value)"])(source)


@pytest.mark.parametrize(
    ("changed", "condition"),
    [
        (grouped(["value"], ["count(*)", "sum(value)"]), "KEY_SCHEMA"),
        (grouped(["key", "value"], ["count(*)", "sum(value)"]), "KEY_SCHEMA"),
        (grouped(["CAST(key AS BINARY)"], ["count(*)", "sum(value)"]), "KEY_SCHEMA"),
        (_distinct_keys, "KEY_SCHEMA"),
        (grouped(["key"], ["count(*)"]), "VALUE_SCHEMA"),
        (_summed, "VALUE_SCHEMA"),
        (deduplicated("key"), "NOT_MATCH_IN_STATE_METADATA"),
        (filtered("value > 1"), "NOT_MATCH_IN_STATE_METADATA"),
    ],
)
def test_a_change_of_state_is_refused_by_name_with_every_byte_as_it_was(
    tmp_path: Path, changed: Query, condition: str
) -> None:
    world = started(tmp_path)
    for number in range(3):
        world.add_file(rows_of_batch(number))
    world.process_all()
    world.stop()
    world.add_file(rows_of_batch(3))
    before = tree(f"{tmp_path}/checkpoint")
    refused = StreamWorld(str(tmp_path), changed, "update")
    with pytest.raises(UnboundedError) as error:
        refused.start()
    assert condition in error.value.condition
    assert refused.execution is not None
    refused.stop()
    assert tree(f"{tmp_path}/checkpoint") == before
    world.start()
    world.process_all()
    assert in_memory(world) == _recount(range(4))


def _recount(numbers: Sequence[int]) -> dict[str | None, list[int]]:
    counts: dict[str | None, list[int]] = {}
    for number in numbers:
        for row in rows_of_batch(number):
            _, key, value = row.split()
            held = counts.setdefault(None if key == "." else key, [0, 0])
            held[0] += 1
            held[1] += int(value)
    return counts


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        (grouped(["value"], ["count(*)", "sum(value)"]), ["2 1 2"]),
        (grouped(["key"], ["max(value)"]), ["a 2"]),
        (filtered("value > 1"), ["2026-01-01 00:00:01+00:00 a 2"]),
    ],
    ids=["another key", "another aggregate", "no operator"],
)
def test_state_that_no_operator_takes_up_is_thrown_away_where_the_user_says_so(
    tmp_path: Path, changed: Query, answer: list[str]
) -> None:
    world = started(tmp_path)
    world.add_file(["00:00:00 a 1", "00:00:00 b 5"])
    world.process_all()
    world.stop()
    confs = {"unbounded.state.dropUnmatchedOperators": "true"}
    again = StreamWorld(str(tmp_path), changed, "update", confs=confs)
    again._file_count = 1
    again.start()
    again.add_file(["00:00:01 a 2"])
    again.process_all()
    again.stop()
    assert again.deliveries == [(1, answer)]
    with pytest.raises(UnboundedError):
        world.start()


def test_state_that_is_taken_up_stays_where_the_user_says_drop(tmp_path: Path) -> None:
    world = started(tmp_path, **{"unbounded.state.dropUnmatchedOperators": "true"})
    for row in ("00:00:00 a 1", "00:00:01 a 2"):
        world.add_file([row])
        world.process_all()
        world.stop()
        world.start()
    assert world.deliveries[-1] == (1, ["a 2 3"])


def test_state_refused_after_its_manifest_is_damaged_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    world = started(tmp_path)
    world.add_file(rows_of_batch(1))
    world.process_all()
    world.stop()
    [path] = Path(world.folder).rglob("manifest")
    path.write_bytes(path.read_bytes().replace(b"stateStoreSave", b"stateStoreSavf"))
    before = tree(f"{tmp_path}/checkpoint")
    with pytest.raises(UnboundedError) as error:
        world.start()
    assert error.value.condition == "STATE_FILE_CORRUPT"
    assert tree(f"{tmp_path}/checkpoint") == before
