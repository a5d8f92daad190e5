"""Keyed state: keys, values, order, changes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError
from unbounded.files import LocalFiles
from unbounded.memory import MemoryBudget
from unbounded.state import KeyedState
from unbounded.state.array_home import OpenScratch
from unbounded.types import (
    ArrayType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    to_arrow,
)

WINDOW = StructType(
    (StructField("start", TimestampType()), StructField("end", TimestampType()))
)


def words(*values: str | None) -> list[pa.Array]:
    return [pa.array(values, pa.string())]


def filled(*values: str) -> KeyedState:
    """A state of these words, each with its position as value, on disk already."""
    state = KeyedState([StringType()], [LongType()])
    slots, _ = state.lookup_or_insert(words(*values))
    state.scatter(0, slots, pa.array(range(len(values))))
    state.take_changes()
    return state


def keys_of(state: KeyedState) -> list[Any]:
    keys: list[Any] = state.keys(state.live_slots())[0].to_pylist()
    return keys


def test_a_key_is_new_once() -> None:
    state = KeyedState([StringType()], [])
    slots, is_new = state.lookup_or_insert(words("a", "b", "a", None, None))
    assert is_new.tolist() == [True, True, False, True, False]
    assert slots[0] == slots[2]
    assert slots[3] == slots[4]
    again, is_new = state.lookup_or_insert(words("b", "a"))
    assert again.tolist() == [slots[1], slots[0]]
    assert not is_new.any()


def test_lookup_of_an_absent_key_is_minus_one() -> None:
    state = filled("a")
    assert state.lookup(words("a", "b", None)).tolist() == [0, -1, -1]


def test_values_of_a_new_slot_are_null_even_when_it_is_used_again() -> None:
    state = filled("a")
    state.remove(state.live_slots())
    slots, _ = state.lookup_or_insert(words("b"))
    assert slots.tolist() == [0]
    assert state.gather(0, slots).to_pylist() == [None]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (DoubleType(), [0.0, -0.0]),
        (FloatType(), [0.0, -0.0]),
        (DoubleType(), [math.nan, -math.nan]),
        (ArrayType(DoubleType()), [[0.0, math.nan], [-0.0, -math.nan]]),
        (NullType(), [None, None]),
        (WINDOW, [None, None]),
        (WINDOW, [{"start": 1, "end": None}, {"start": 1, "end": None}]),
    ],
    ids=str,
)
def test_two_rows_are_one_key(kind: DataType, rows: list[Any]) -> None:
    state = KeyedState([kind], [])
    _, is_new = state.lookup_or_insert([pa.array(rows, to_arrow(kind))])
    assert is_new.tolist() == [True, False]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (WINDOW, [None, {"start": None, "end": None}]),
        (ArrayType(StringType()), [None, [], [None], [""], ["", ""], ["a"]]),
        (ArrayType(ArrayType(LongType())), [[[1], [2]], [[1, 2]], [[], [1, 2]]]),
        (MapType(StringType(), LongType()), [[("a", 1)], [("a", None)], [], None]),
        (StringType(), ["", None, "\0", "\0\0"]),
        (DecimalType(38, 0), [10**37, 10**37 + 1, -(10**37), 0, None]),
    ],
    ids=str,
)
def test_all_rows_are_different_keys(kind: DataType, rows: list[Any]) -> None:
    state = KeyedState([kind], [])
    array = pa.array(rows, to_arrow(kind))
    slots, is_new = state.lookup_or_insert([array])
    assert is_new.all()
    assert state.keys(slots)[0].equals(array)
    assert state.lookup([array]).tolist() == slots.tolist()


def test_no_nan_and_no_minus_zero_comes_out_of_a_key() -> None:
    state = KeyedState([DoubleType()], [])
    state.lookup_or_insert([pa.array([-0.0])])
    assert math.copysign(1, keys_of(state)[0]) == 1


def test_a_window_and_a_word_are_one_key() -> None:
    state = KeyedState([WINDOW, StringType()], [LongType()])
    windows = pa.array([{"start": 0, "end": 10}, {"start": 10, "end": 20}] * 2)
    keys = [windows.cast(to_arrow(WINDOW)), pa.array(["a", "a", "b", "a"])]
    slots, is_new = state.lookup_or_insert(keys)
    assert is_new.tolist() == [True, True, True, False]
    assert state.keys(slots)[0].equals(keys[0])
    assert state.keys(slots)[1].equals(keys[1])


def test_keys_of_a_wider_arrow_type_are_cast() -> None:
    state = KeyedState([StringType()], [IntegerType()])
    slots, _ = state.lookup_or_insert([pa.array(["a"], pa.large_string())])
    state.scatter(0, slots, pa.array([3], pa.int64()))
    assert state.gather(0, state.lookup(words("a"))).equals(pa.array([3], pa.int32()))


def test_sliced_and_chunked_arrays_are_arrays() -> None:
    state = filled("a", "b", "c")
    sliced = pa.array(["x", "c", "a"])[1:]
    assert state.lookup([sliced]).tolist() == [2, 0]
    chunked: Any = pa.chunked_array([["b"], ["c"]])
    assert state.lookup([chunked]).tolist() == [1, 2]


def test_order_is_that_of_insertion_whatever_slots_are_used_again() -> None:
    state = filled("a", "b", "c", "d")
    state.remove(state.lookup(words("c", "a")))
    state.lookup_or_insert(words("e", "c", "f"))
    assert keys_of(state) == ["b", "d", "e", "c", "f"]
    some = state.lookup(words("f", "b", "e"))
    assert state.keys(state.in_order(some))[0].to_pylist() == ["b", "e", "f"]


def test_removing_a_slot_twice_in_one_call_removes_it_once() -> None:
    state = filled("a", "b")
    state.remove(np.array([0, 0], np.int64))
    assert (state.count, keys_of(state)) == (1, ["b"])


def test_what_was_only_read_has_not_changed() -> None:
    state = filled("a", "b")
    state.gather(0, state.lookup(words("a")))
    state.lookup_or_insert(words("b"))
    changes = state.take_changes()
    assert changes.upserted.tolist() == []
    assert changes.removed_keys[0].to_pylist() == []


def test_changes_are_each_key_once() -> None:
    state = filled("a", "b", "c")
    state.scatter(0, state.lookup(words("c", "a")), pa.array([7, 8]))
    state.scatter(0, state.lookup(words("a")), pa.array([9]))
    state.lookup_or_insert(words("d"))
    assert state.take_changes().upserted.tolist() == [0, 2, 3]
    assert state.take_changes().upserted.tolist() == []


def test_a_removed_key_leaves_a_tombstone_only_if_it_was_on_disk() -> None:
    state = filled("a", "b")
    slots, _ = state.lookup_or_insert(words("new"))
    state.remove(np.concatenate([slots, state.lookup(words("a"))]))
    changes = state.take_changes()
    assert changes.removed_keys[0].to_pylist() == ["a"]
    assert changes.removed_count == 2
    assert changes.upserted.tolist() == []


def test_a_key_removed_and_inserted_again_is_tombstone_and_upsert() -> None:
    state = filled("a", "b")
    state.remove(state.lookup(words("a")))
    state.lookup_or_insert(words("a"))
    changes = state.take_changes()
    assert changes.removed_keys[0].to_pylist() == ["a"]
    assert state.keys(changes.upserted)[0].to_pylist() == ["a"]


def test_given_hashes_may_be_as_poor_as_they_like() -> None:
    state = KeyedState([LongType()], [], lambda arrays: np.zeros(len(arrays[0]), "u8"))
    keys = pa.array(range(200))
    slots, _ = state.lookup_or_insert([keys], np.zeros(200, np.uint64))
    assert state.lookup([keys]).tolist() == slots.tolist()
    assert len(set(slots.tolist())) == 200


def test_what_is_gathered_stays_when_the_state_grows() -> None:
    state = filled("a", "b")
    before = state.gather(0, state.live_slots())
    state.lookup_or_insert([pa.array([str(n) for n in range(50_000)])])
    state.scatter(0, state.lookup(words("a", "b")), pa.array([70, 71]))
    assert before.to_pylist() == [0, 1]


def test_texts_that_grow_and_shrink_are_kept_apart() -> None:
    state = KeyedState([LongType()], [StringType()])
    slots, _ = state.lookup_or_insert([pa.array(range(500))])
    random = np.random.default_rng(11)
    texts = [""] * 500
    for _ in range(300):
        picked = random.permutation(500)[:100]
        for row in picked.tolist():
            texts[row] = chr(97 + row % 26) * int(random.integers(0, 200))
        state.scatter(0, slots[picked], pa.array([texts[row] for row in picked]))
    assert state.gather(0, slots).to_pylist() == texts
    assert state.memory_bytes < 4 * 500 * 200 + 2_000_000


def test_lists_overwritten_again_and_again_do_not_pile_up() -> None:
    state = KeyedState([LongType()], [ArrayType(LongType())])
    slots, _ = state.lookup_or_insert([pa.array(range(20_000))])
    kind = to_arrow(ArrayType(LongType()))
    for turn in range(40):
        part = slots[turn % 2 :: 2]
        values = pa.array([[turn, slot] for slot in part.tolist()], kind)
        state.scatter(0, part, values)
    expected = [[38 + slot % 2, slot] for slot in slots.tolist()]
    assert state.gather(0, slots).to_pylist() == expected
    assert state.memory_bytes < 12_000_000


# --- memory -------------------------------------------------------------------


def limited(limit_bytes: int, *types: DataType) -> tuple[KeyedState, MemoryBudget]:
    """A state of long keys that may hold so much."""
    budget = MemoryBudget(limit_bytes, 0)
    account = budget.account("state", "counts")
    return KeyedState([LongType()], types, account=account), budget


def longs(start: int, end: int) -> list[pa.Array]:
    return [pa.array(np.arange(start, end))]


def test_memory_is_asked_for_before_keys_come_in() -> None:
    state, _ = limited(1_000_000, LongType())
    state.lookup_or_insert(longs(0, 5_000))
    held = state.memory_bytes
    with pytest.raises(ExecutionError) as caught:
        state.lookup_or_insert(longs(5_000, 50_000))
    assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"
    assert (state.count, state.memory_bytes) == (5_000, held)


def test_refused_keys_leave_the_state_as_it_was() -> None:
    state, budget = limited(1_000_000, LongType())
    slots, _ = state.lookup_or_insert(longs(0, 5_000))
    with pytest.raises(ExecutionError):
        state.lookup_or_insert(longs(4_000, 50_000))
    assert state.lookup(longs(0, 5_000)).tolist() == slots.tolist()
    assert (state.lookup(longs(5_000, 50_000)) == -1).all()
    budget.limit_bytes = 100_000_000
    _, is_new = state.lookup_or_insert(longs(4_000, 50_000))
    assert is_new.sum() == 45_000


def test_memory_is_asked_for_before_long_values_are_stored() -> None:
    state, _ = limited(2_000_000, StringType())
    slots, _ = state.lookup_or_insert(longs(0, 100))
    with pytest.raises(ExecutionError):
        state.scatter(0, slots, pa.array(["x" * 50_000] * 100))
    assert state.gather(0, slots).null_count == 100


def test_memory_of_known_keys_is_not_asked_for() -> None:
    state, budget = limited(1_000_000, LongType())
    slots, _ = state.lookup_or_insert(longs(0, 5_000))
    state.note_memory()
    held = budget.use().state_bytes
    for _ in range(100):
        state.lookup_or_insert(longs(0, 5_000))
        state.scatter(0, slots, pa.array(np.arange(5_000)))
    assert budget.use().state_bytes == held == state.memory_bytes


def test_estimate_of_growth_is_near_what_is_taken() -> None:
    state, budget = limited(1 << 40, LongType(), LongType())
    state.lookup_or_insert(longs(0, 100_000))
    for start in range(100_000, 1_000_000, 100_000):
        state.lookup_or_insert(longs(start, start + 100_000))
        estimated = budget.use().state_bytes
        assert 0.8 * state.memory_bytes <= estimated <= 1.4 * state.memory_bytes


def test_closed_state_holds_nothing() -> None:
    state, budget = limited(10_000_000, LongType())
    state.lookup_or_insert(longs(0, 5_000))
    state.close()
    assert budget.use().state_bytes == 0
    assert state.memory_bytes < 100_000


def test_loading_asks_for_memory_too() -> None:
    state, _ = limited(1_000_000, LongType())
    values = [pa.array(np.arange(50_000))]
    with pytest.raises(ExecutionError):
        state.load(longs(0, 50_000), values, np.arange(50_000))


def test_what_is_at_hand_follows_what_is_stored_by_other_slots() -> None:
    state = filled("a", "b", "c")
    slots = state.lookup(words("a", "b"))
    state.scatter(0, slots, pa.array([1, 2]))
    assert state.gather(0, slots).to_pylist() == [1, 2]
    state.scatter(0, state.lookup(words("b")), pa.array([3]))
    assert state.gather(0, slots).to_pylist() == [1, 3]


def test_what_is_at_hand_follows_a_slot_that_is_given_to_another_key() -> None:
    state = filled("a", "b")
    slots = state.lookup(words("b"))
    state.scatter(0, slots, pa.array([7]))
    assert state.keys(slots)[0].to_pylist() == ["b"]
    state.remove(slots)
    state.lookup_or_insert(words("c"))
    assert state.keys(slots)[0].to_pylist() == ["c"]
    assert state.gather(0, slots).to_pylist() == [None]


def test_a_new_slot_is_null_until_it_has_a_value() -> None:
    state = KeyedState([StringType()], [LongType()])
    first, _ = state.lookup_or_insert(words("a", "b"))
    later, _ = state.lookup_or_insert(words("c", "d"))
    state.scatter(0, later[1:], pa.array([4]))
    assert state.gather(0, state.live_slots()).to_pylist() == [None, None, None, 4]
    state.scatter(0, first, pa.array([1, 2]))
    assert state.gather(0, state.live_slots()).to_pylist() == [1, 2, None, 4]


def test_order_goes_by_coming_when_slots_are_used_again() -> None:
    state = filled("a", "b", "c")
    state.take_changes()
    state.remove(state.lookup(words("a")))
    state.lookup_or_insert(words("d"))
    state.scatter(0, state.lookup(words("d", "b")), pa.array([1, 2]))
    upserted = state.take_changes().upserted
    assert state.keys(upserted)[0].to_pylist() == ["b", "d"]
    assert state.sequences(upserted).tolist() == [1, 3]


@pytest.mark.parametrize("gone", [[], ["b", "c"]])
def test_order_says_where_the_slots_of_earlier_keys_lie(gone: list[str]) -> None:
    state = filled("a", "b", "c", "d")
    state.remove(state.lookup(words(*gone)))
    state.lookup_or_insert(words("e", "f", "g"))
    slots = state.lookup(words("g", "d", "f", "a", "e"))
    assert slots[state.order(slots)].tolist() == state.in_order(slots).tolist()
    assert state.order(np.zeros(0, np.int64)).tolist() == []


# --- moved out ------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path) -> OpenScratch:
    return lambda: LocalFiles().scratch(str(tmp_path))


def test_state_without_room_in_memory_moves_out_and_goes_on(
    scratch: OpenScratch,
) -> None:
    budget = MemoryBudget(4_000_000, 0)
    account = budget.account("state", "counts")
    types = [LongType(), StringType()]
    state = KeyedState([LongType()], types, account=account, open_scratch=scratch)
    for start in range(0, 200_000, 20_000):
        keys = longs(start, start + 20_000)
        slots, _ = state.lookup_or_insert(keys)
        state.scatter(0, slots, keys[0])
        state.scatter(1, slots, keys[0].cast(pa.string()))
        state.note_memory()
    assert state.mapped_bytes > 4_000_000 > budget.use().state_bytes
    slots = state.lookup(longs(0, 200_000))
    assert (slots >= 0).all()
    assert state.gather(0, slots).equals(longs(0, 200_000)[0])
    assert state.gather(1, slots).equals(longs(0, 200_000)[0].cast(pa.string()))


def test_lists_stay_in_memory_and_are_refused_there(scratch: OpenScratch) -> None:
    budget = MemoryBudget(2_000_000, 0)
    account = budget.account("state", "counts")
    types = [ArrayType(LongType())]
    state = KeyedState([LongType()], types, account=account, open_scratch=scratch)
    slots, _ = state.lookup_or_insert(longs(0, 100))
    with pytest.raises(ExecutionError):
        state.scatter(0, slots, pa.array([list(range(5_000))] * 100))


def test_state_read_back_without_room_in_memory_lies_in_files(
    scratch: OpenScratch,
) -> None:
    budget = MemoryBudget(2_000_000, 0)
    account = budget.account("state", "counts")
    state = KeyedState(
        [LongType()], [LongType()], account=account, open_scratch=scratch
    )
    for start in range(0, 100_000, 20_000):
        rows = longs(start, start + 20_000)
        state.load(rows, rows, np.arange(start, start + 20_000))
    state.finish_loading(100_000)
    assert state.mapped_bytes > 1_500_000
    slots = state.lookup(longs(0, 100_000))
    assert state.gather(0, slots).equals(longs(0, 100_000)[0])


def test_index_of_a_state_read_back_asks_for_memory_too() -> None:
    state, budget = limited(4_500_000, LongType())
    for start in range(0, 100_000, 20_000):
        rows = longs(start, start + 20_000)
        state.load(rows, rows, np.arange(start, start + 20_000))
    before = state.memory_bytes
    with pytest.raises(ExecutionError):
        state.finish_loading(100_000)
    assert state.memory_bytes == before
    budget.limit_bytes = 10_000_000
    state.finish_loading(100_000)
    assert before + 1_600_000 < state.memory_bytes < before + 3_200_000


def test_state_moves_out_once(scratch: OpenScratch) -> None:
    state = KeyedState([LongType()], [], open_scratch=scratch)
    assert state.move_out()
    assert not state.move_out()
    assert not KeyedState([LongType()], []).move_out()


def test_state_in_files_closes_them(scratch: OpenScratch) -> None:
    state = KeyedState([LongType()], [LongType()], open_scratch=scratch)
    state.lookup_or_insert(longs(0, 100_000))
    state.move_out()
    assert state.mapped_bytes > 1_000_000
    state.close()
    assert state.mapped_bytes == 0


@pytest.mark.parametrize(
    ("kind", "rows", "expected"),
    [
        (StringType(), ["x", None, "x", "long enough to be three"], [0, 1, 3]),
        (DoubleType(), [1.5, -0.0, 0.0, None], [0, 2, 3]),
    ],
)
def test_keys_that_came_in_are_given_back_canonical(
    kind: DataType, rows: list[Any], expected: list[int]
) -> None:
    state = KeyedState([kind], [LongType()])
    array = pa.array(rows, to_arrow(kind))
    slots, is_new = state.lookup_or_insert([array])
    new = slots[is_new]
    state.scatter(0, new, pa.array(range(len(new))))
    wanted = [rows[row] for row in expected]
    assert state.keys(new)[0].to_pylist() == wanted
    assert "-0.0" not in map(str, state.keys(new)[0].to_pylist())
    upserted = state.take_changes().upserted
    assert state.keys(upserted)[0].to_pylist() == wanted
    state.lookup_or_insert([pa.array([rows[0]], to_arrow(kind))])
    assert state.keys(new)[0].to_pylist() == wanted
