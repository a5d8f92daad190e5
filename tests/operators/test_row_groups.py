"""Row groups: the rows of each key, against a dictionary of lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from unbounded.operators.event_times import NEVER_US
from unbounded.operators.row_groups import RowGroups


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def staying(groups: RowGroups, keys: np.ndarray, slots: np.ndarray) -> None:
    groups.add(keys, slots, np.full(len(keys), NEVER_US), None)


def new_groups() -> RowGroups:
    return RowGroups(ranges_by_leaving=True)


def pairs(
    groups: RowGroups,
    asked: np.ndarray,
    piece: int = 100,
    between: tuple[np.ndarray, int] | None = None,
) -> list[tuple]:
    found = []
    for part in groups.pairs(asked, piece, between):
        found += zip(part.rows.tolist(), part.slots.tolist(), strict=True)
    return found


def test_rows_of_a_group_come_in_the_order_of_their_coming() -> None:
    groups = new_groups()
    staying(groups, numbers(0, 1, 0), numbers(5, 3, 4))
    staying(groups, numbers(1, 0), numbers(9, 2))
    assert pairs(groups, numbers(1, 0)) == [(0, 3), (0, 9), (1, 5), (1, 4), (1, 2)]


def test_a_row_without_a_group_finds_none() -> None:
    groups = new_groups()
    staying(groups, numbers(0), numbers(0))
    assert pairs(groups, numbers(-1, 7)) == []


def test_pieces_are_hardly_larger_than_asked_for() -> None:
    groups = new_groups()
    staying(groups, np.zeros(100_000, np.int64), np.arange(100_000))
    pieces = [len(part.rows) for part in groups.pairs(numbers(0, 0, 0), 70_000)]
    assert sum(pieces) == 300_000
    assert max(pieces) <= 70_000 + (1 << 16)
    assert pairs(groups, numbers(0, 0), 70_000) == [
        (row, slot) for row in (0, 1) for slot in range(100_000)
    ]


def test_a_range_of_times_has_both_its_ends() -> None:
    groups = new_groups()
    groups.add(numbers(0, 0, 0, 0), numbers(0, 1, 2, 3), numbers(9, 10, 11, 12), None)
    between = (numbers(10, 11), 1)
    assert pairs(groups, numbers(0, 0), 3, between) == [(0, 1), (0, 2), (1, 2), (1, 3)]


def test_a_range_that_ends_before_it_begins_has_no_rows() -> None:
    groups = new_groups()
    groups.add(numbers(0), numbers(0), numbers(5), None)
    assert pairs(groups, numbers(0), between=(numbers(5), -2)) == []


def test_times_may_be_others_than_those_of_leaving() -> None:
    groups = RowGroups(ranges_by_leaving=False)
    groups.add(numbers(0, 0), numbers(0, 1), numbers(100, 200), numbers(7, 5))
    groups.let_leave(100)
    assert pairs(groups, numbers(0), 9, (numbers(5), 2)) == [(0, 1)]


def test_rows_leave_by_time_not_by_order() -> None:
    groups = new_groups()
    groups.add(numbers(0, 0, 0), numbers(0, 1, 2), numbers(30, 10, 20), None)
    groups.let_leave(10)
    assert pairs(groups, numbers(0)) == [(0, 0), (0, 2)]
    groups.let_leave(29)
    assert pairs(groups, numbers(0)) == [(0, 0)]


def test_a_swept_group_is_empty_once_all_its_rows_have_left() -> None:
    groups = new_groups()
    groups.add(numbers(0, 0, 1), numbers(0, 1, 2), numbers(10, 20, 20), None)
    groups.let_leave(10)
    groups.sweep(0, 10)
    assert groups.is_empty(numbers(0, 1, 5)).tolist() == [False, False, True]
    groups.let_leave(20)
    groups.sweep(1, 10)
    assert groups.is_empty(numbers(0, 1)).tolist() == [False, True]


def test_a_slot_that_was_given_back_is_a_row_of_another_group() -> None:
    groups = new_groups()
    groups.add(numbers(0, 0), numbers(0, 1), numbers(10, 20), None)
    groups.let_leave(10)
    groups.add(numbers(3), numbers(0), numbers(30), None)
    assert pairs(groups, numbers(0, 3)) == [(0, 1), (1, 0)]


def test_a_dropped_row_is_found_no_more() -> None:
    groups = new_groups()
    staying(groups, numbers(0, 0, 0), numbers(0, 1, 2))
    (part,) = groups.pairs(numbers(0), 9)
    groups.drop(part.places[part.slots == 1])
    assert pairs(groups, numbers(0)) == [(0, 0), (0, 2)]


def test_a_group_that_rows_pass_through_does_not_grow() -> None:
    groups = new_groups()
    for time in range(2000):
        groups.add(numbers(0), numbers(time % 10), numbers(time), None)
        groups.let_leave(time - 10)
    assert len(pairs(groups, numbers(0), 1000)) == 10
    assert groups.memory_bytes < 4000


def test_regions_of_groups_that_are_gone_are_used_again() -> None:
    groups = new_groups()
    for time in range(100):
        slots = np.arange(1000)
        groups.add(slots + 1000 * (time % 2), slots, np.full(1000, time), None)
        groups.let_leave(time)
        groups.sweep(0, 2000)
    assert groups.memory_bytes < 400_000


@given(st.data())
def test_groups_are_what_lists_would_be(data: st.DataObject) -> None:
    groups, twin, now, slot = new_groups(), {}, 0, 0
    groups.let_leave(now)
    for _ in range(data.draw(st.integers(1, 12))):
        step = data.draw(st.sampled_from(["add", "add", "leave", "sweep"]))
        if step == "leave":
            now += data.draw(st.integers(0, 8))
            groups.let_leave(now)
            for group, rows in twin.items():
                twin[group] = [row for row in rows if row[1] > now]
        elif step == "sweep":
            first = data.draw(st.integers(0, 5))
            groups.sweep(first, first + data.draw(st.integers(0, 5)))
        else:
            chosen = data.draw(st.lists(st.integers(0, 4), max_size=10))
            times = [now + data.draw(st.integers(-3, 12)) for _ in chosen]
            slots = list(range(slot, slot + len(chosen)))
            slot += len(chosen)
            groups.add(numbers(*chosen), numbers(*slots), numbers(*times), None)
            for group, row, time in zip(chosen, slots, times, strict=True):
                if time > now:
                    twin.setdefault(group, []).append((row, time))
        asked = numbers(*range(-1, 6))
        low, high = sorted(data.draw(st.tuples(*[st.integers(-5, 60)] * 2)))
        expected = [
            (row, slot)
            for row, group in enumerate(asked.tolist())
            for slot, time in twin.get(group, [])
            if low <= time <= high
        ]
        between = (np.full(len(asked), low), high - low)
        assert pairs(groups, asked, data.draw(st.integers(1, 30)), between) == expected
