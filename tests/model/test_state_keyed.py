"""Keyed state against a dict: random operations, the same answers."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unbounded.files import LocalFiles, ScratchFile
from unbounded.state import KeyedState
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    to_arrow,
)

WINDOW = StructType((StructField("start", LongType()), StructField("end", LongType())))
LONGS = st.sampled_from([None, 0, 1, -1, 2, 7, 2**62])
FLOATS = st.sampled_from([None, 0.0, -0.0, math.nan, 1.5, -math.inf])
TEXTS = st.sampled_from([None, "", "a", "ab", "a\0", "12345678", "123456789", "é" * 9])
KEY_VALUES: dict[DataType, st.SearchStrategy[Any]] = {
    LongType(): LONGS,
    DoubleType(): FLOATS,
    BooleanType(): st.sampled_from([None, True, False]),
    NullType(): st.none(),
    StringType(): TEXTS,
    BinaryType(): st.sampled_from([None, b"", b"\0", b"\0\0", b"x" * 20]),
    DecimalType(38, 2): st.sampled_from([None, Decimal("0.00"), Decimal(-(10**30))]),
    WINDOW: st.one_of(
        st.none(),
        st.fixed_dictionaries({"start": LONGS, "end": st.sampled_from([None, 5])}),
    ),
    ArrayType(StringType()): st.one_of(st.none(), st.lists(TEXTS, max_size=2)),
    ArrayType(ArrayType(DoubleType())): st.one_of(
        st.none(),
        st.lists(st.one_of(st.none(), st.lists(FLOATS, max_size=2)), max_size=2),
    ),
    MapType(StringType(), LongType()): st.one_of(
        st.none(),
        st.lists(st.tuples(st.sampled_from(["a", "b"]), LONGS), max_size=2),
    ),
}
VALUE_TYPES = (LongType(), StringType(), ArrayType(LongType()))
VALUES = st.tuples(LONGS, TEXTS, st.one_of(st.none(), st.lists(LONGS, max_size=3)))
KEYS = st.lists(st.sampled_from(list(KEY_VALUES)), min_size=1, max_size=3)
OPERATIONS = ["upsert", "upsert", "lookup", "remove", "move out"]
HASHES = {
    "own": None,
    "all equal": lambda arrays: np.zeros(len(arrays[0]), np.uint64),
    "pairs": lambda arrays: np.array(
        [hash(canonical(row)) % 2 for row in arrays[0].to_pylist()], np.uint64
    ),
}


def canonical(value: Any) -> Any:
    """A hashable twin of a key, equal as Spark's keys are."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else ("float", value + 0.0)
    if isinstance(value, dict):
        return ("struct", canonical(value["start"]), canonical(value["end"]))
    if isinstance(value, list | tuple):
        return ("list", *(canonical(item) for item in value))
    return (type(value).__name__, value)


def arrays_of(types: Any, rows: list[tuple[Any, ...]]) -> list[pa.Array]:
    return [
        pa.array([row[position] for row in rows], to_arrow(kind))
        for position, kind in enumerate(types)
    ]


@pytest.fixture(scope="module", autouse=True)
def small_arrays_move_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unbounded.state.array_home._MAPPED_BYTES_MIN", 1)
        yield


def open_scratch() -> ScratchFile:
    return LocalFiles().scratch(tempfile.gettempdir())


class Twin:
    """What the state must be: a dict in order of insertion."""

    def __init__(self) -> None:
        self.rows: dict[Any, tuple[Any, ...]] = {}
        self.changed: set[Any] = set()
        self.saved: set[Any] = set()


@pytest.mark.parametrize("hashing", HASHES)
@given(data=st.data())
def test_random_operations_answer_as_a_dict(hashing: str, data: st.DataObject) -> None:
    key_types = data.draw(KEYS)
    state = KeyedState(
        key_types, VALUE_TYPES, HASHES[hashing], open_scratch=open_scratch
    )
    twin = Twin()
    row = st.tuples(*(KEY_VALUES[kind] for kind in key_types))
    for _ in range(data.draw(st.integers(1, 6))):
        rows = data.draw(st.lists(row, max_size=12))
        match data.draw(st.sampled_from(OPERATIONS)):
            case "upsert":
                upsert(state, twin, key_types, rows, data)
            case "lookup":
                lookup(state, twin, key_types, rows)
            case "remove":
                remove(state, twin, key_types, rows)
            case "move out":
                state.move_out()
        if data.draw(st.booleans()):
            check_changes(state, twin)
        check_whole(state, twin)


def upsert(
    state: KeyedState, twin: Twin, key_types: Any, rows: Any, data: st.DataObject
) -> None:
    slots, is_new = state.lookup_or_insert(arrays_of(key_types, rows))
    seen = set(twin.rows)
    for position, row in enumerate(rows):
        key = canonical(row)
        assert is_new[position] == (key not in seen)
        seen.add(key)
    chosen = {}
    for slot, row in zip(slots.tolist(), rows, strict=True):
        assert chosen.setdefault(canonical(row), slot) == slot
    assert len(set(chosen.values())) == len(chosen)
    for key in chosen:
        twin.rows.setdefault(key, (None, None, None))
    new_values = [data.draw(VALUES) for _ in chosen]
    targets = np.array(list(chosen.values()), np.int64)
    for column, values in enumerate(arrays_of(VALUE_TYPES, new_values)):
        state.scatter(column, targets, values)
    for key, values in zip(chosen, new_values, strict=True):
        twin.rows[key] = values
        twin.changed.add(key)


def lookup(state: KeyedState, twin: Twin, key_types: Any, rows: Any) -> None:
    slots = state.lookup(arrays_of(key_types, rows))
    found = [canonical(row) in twin.rows for row in rows]
    assert (slots >= 0).tolist() == found


def remove(state: KeyedState, twin: Twin, key_types: Any, rows: Any) -> None:
    slots = state.lookup(arrays_of(key_types, rows))
    state.remove(slots[slots >= 0])
    for row in rows:
        twin.rows.pop(canonical(row), None)
        twin.changed.discard(canonical(row))


def check_whole(state: KeyedState, twin: Twin) -> None:
    slots = state.live_slots()
    assert state.count == len(twin.rows)
    assert keys_at(state, slots) == list(twin.rows)
    columns = [state.gather(column, slots).to_pylist() for column in range(3)]
    assert list(zip(*columns, strict=True)) == list(twin.rows.values())


def check_changes(state: KeyedState, twin: Twin) -> None:
    changes = state.take_changes()
    upserted = keys_at(state, changes.upserted)
    assert len(upserted) == len(set(upserted))
    assert set(upserted) == twin.changed
    columns = [array.to_pylist() for array in changes.removed_keys]
    removed = {canonical(row) for row in zip(*columns, strict=True)}
    assert removed - twin.rows.keys() == twin.saved - twin.rows.keys()
    twin.changed, twin.saved = set(), set(twin.rows)


def keys_at(state: KeyedState, slots: Any) -> list[Any]:
    columns = [array.to_pylist() for array in state.keys(slots)]
    return [canonical(row) for row in zip(*columns, strict=True)]
