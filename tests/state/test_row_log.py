"""Row log: rows in the order of their coming, over commits and restarts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, RowLog, StateStore
from unbounded.types import LongType, StringType, StructField

SCHEMA = OperatorSchema(
    0,
    "symmetricHashJoin",
    (StructField("index", LongType(), False),),
    (StructField("a", LongType()), StructField("b", StringType())),
    store_name="left",
    is_log=True,
)


def columns(*rows: tuple[int | None, str | None]) -> list[pa.Array]:
    return [
        pa.array([row[0] for row in rows], pa.int64()),
        pa.array([row[1] for row in rows], pa.string()),
    ]


def rows(log: RowLog) -> list[tuple]:
    slots = log.live_slots()
    values = [log.gather(place, slots).to_pylist() for place in (0, 1)]
    (numbers,) = log.keys(slots)
    return list(zip(numbers.to_pylist(), *values, strict=True))


def opened(folder: Path, version: int) -> tuple[StateStore, RowLog]:
    store = StateStore.open(LocalFiles(), str(folder), [SCHEMA], version)
    log = store.operator(0)
    assert isinstance(log, RowLog)
    return store, log


def test_equal_rows_are_rows_of_their_own() -> None:
    log = RowLog([LongType(), StringType()])
    log.append(columns((1, "x"), (1, "x"), (None, None)))
    assert rows(log) == [(0, 1, "x"), (1, 1, "x"), (2, None, None)]


def test_rows_that_were_removed_do_not_come_back_after_a_restart(tmp_path) -> None:
    store, log = opened(tmp_path, 0)
    slots = log.append(columns((1, "x"), (2, "y"), (3, "z")))
    store.commit(1)
    log.remove(slots[1:2])
    log.append(columns((4, "w")))
    store.commit(2)
    expected = [(0, 1, "x"), (2, 3, "z"), (3, 4, "w")]
    assert rows(log) == expected
    _, again = opened(tmp_path, 2)
    assert rows(again) == expected
    _, before = opened(tmp_path, 1)
    assert rows(before) == [(0, 1, "x"), (1, 2, "y"), (2, 3, "z")]


def test_a_value_that_changes_keeps_its_row(tmp_path) -> None:
    store, log = opened(tmp_path, 0)
    slots = log.append(columns((1, "x"), (2, "y")))
    store.commit(1)
    log.scatter(0, slots[:1], pa.array([7]))
    store.commit(2)
    _, again = opened(tmp_path, 2)
    assert rows(again) == [(0, 7, "x"), (1, 2, "y")]


def test_numbers_go_on_after_a_restart(tmp_path) -> None:
    store, log = opened(tmp_path, 0)
    slots = log.append(columns((1, "x"), (2, "y")))
    store.commit(1)
    log.remove(slots)
    store.commit(2)
    _, again = opened(tmp_path, 2)
    again.append(columns((3, "z")))
    assert rows(again) == [(2, 3, "z")]


def test_a_row_is_not_looked_up_by_a_key() -> None:
    log = RowLog([LongType()])
    with pytest.raises(NotImplementedError):
        log.lookup([pa.array(np.arange(1))])
