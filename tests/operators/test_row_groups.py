"""Row groups: the rows of each key, against a dictionary of lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from unbounded.operators.row_groups import RowGroups


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def pairs(groups: RowGroups, asked: np.ndarray, piece: int = 100) -> list[tuple]:
    found = []
    for rows, slots in groups.pairs(asked, piece):
        found += zip(rows.tolist(), slots.tolist(), strict=True)
    return found


def test_rows_of_a_group_come_in_the_order_of_their_coming() -> None:
    groups = RowGroups()
    groups.add(numbers(0, 1, 0), numbers(5, 3, 4))
    groups.add(numbers(1, 0), numbers(9, 2))
    assert pairs(groups, numbers(1, 0)) == [(0, 3), (0, 9), (1, 5), (1, 4), (1, 2)]


def test_a_row_without_a_group_finds_none() -> None:
    groups = RowGroups()
    groups.add(numbers(0), numbers(0))
    assert pairs(groups, numbers(-1, 7)) == []


def test_pieces_are_never_larger_than_asked_for() -> None:
    groups = RowGroups()
    groups.add(numbers(*[0] * 100), np.arange(100))
    pieces = [len(rows) for rows, _ in groups.pairs(numbers(0, 0, 0), 70)]
    assert pieces == [70, 70, 70, 70, 20]
    assert pairs(groups, numbers(0, 0), 7) == [
        (row, slot) for row in (0, 1) for slot in range(100)
    ]


def test_groups_without_rows_are_told_once_they_have_none() -> None:
    groups = RowGroups()
    groups.add(numbers(0, 0, 1), numbers(0, 1, 2))
    assert groups.remove(numbers(1, 2)).tolist() == [1]
    assert groups.is_empty(numbers(0, 1, 5)).tolist() == [False, True, True]
    assert groups.holds(numbers(0, 1, 2, 50)).tolist() == [True, False, False, False]


def test_a_slot_that_was_given_back_is_a_row_of_another_group() -> None:
    groups = RowGroups()
    groups.add(numbers(0, 0, 0), numbers(0, 1, 2))
    groups.remove(numbers(1))
    groups.add(numbers(3), numbers(1))
    assert pairs(groups, numbers(0, 3)) == [(0, 0), (0, 2), (1, 1)]


def test_regions_that_were_left_are_used_again() -> None:
    groups = RowGroups()
    for round_ in range(50):
        slots = np.arange(1000)
        groups.add(slots % 10 + 10 * (round_ % 2), slots)
        groups.remove(slots)
    assert groups.memory_bytes < 200_000


@given(st.data())
def test_groups_are_what_lists_would_be(data: st.DataObject) -> None:
    groups, twin, free = RowGroups(), {}, list(range(60))
    for _ in range(data.draw(st.integers(1, 12))):
        held = [slot for slots in twin.values() for slot in slots]
        if held and data.draw(st.booleans()):
            gone = data.draw(st.lists(st.sampled_from(held), unique=True))
            emptied = groups.remove(numbers(*gone))
            before = {group for group, slots in twin.items() if slots}
            for group in twin:
                twin[group] = [slot for slot in twin[group] if slot not in gone]
            now = {group for group, slots in twin.items() if slots}
            assert set(emptied.tolist()) == before - now
            free += gone
        else:
            count = data.draw(st.integers(0, min(10, len(free))))
            taken = [free.pop(0) for _ in range(count)]
            chosen = data.draw(
                st.lists(st.integers(0, 4), min_size=count, max_size=count)
            )
            groups.add(numbers(*chosen), numbers(*taken))
            for group, slot in zip(chosen, taken, strict=True):
                twin.setdefault(group, []).append(slot)
        asked = numbers(*range(-1, 6))
        expected = [
            (row, slot)
            for row, group in enumerate(asked.tolist())
            for slot in twin.get(group, [])
        ]
        assert pairs(groups, asked, data.draw(st.integers(1, 30))) == expected
