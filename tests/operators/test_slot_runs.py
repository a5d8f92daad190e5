"""Slot runs: what each group was given, in order, through moves and growth."""

from __future__ import annotations

import numpy as np
import pytest

from unbounded.operators.slot_runs import SlotRuns, places_of


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def held(runs: SlotRuns, *groups: int) -> list[list[int]]:
    chosen = numbers(*groups)
    ends = np.cumsum(runs.lengths(chosen))[:-1]
    return [part.tolist() for part in np.split(runs.entries(chosen), ends)]


def test_places_follow_each_start() -> None:
    assert places_of(numbers(5, 0, 9), numbers(2, 1, 0)).tolist() == [5, 6, 0]
    assert places_of(numbers(), numbers()).tolist() == []


def test_group_without_slots_has_an_empty_run() -> None:
    assert held(SlotRuns(), 7, 0) == [[], []]


def test_slots_stand_in_the_order_in_which_they_were_added() -> None:
    runs = SlotRuns()
    runs.append(numbers(1, 0), numbers(2, 1), numbers(10, 11, 20))
    runs.append(numbers(0, 1), numbers(1, 3), numbers(21, 12, 13, 14))
    assert held(runs, 0, 1) == [[20, 21], [10, 11, 12, 13, 14]]


def test_run_that_is_replaced_holds_the_new_slots_alone() -> None:
    runs = SlotRuns()
    runs.append(numbers(0, 1), numbers(3, 1), numbers(1, 2, 3, 9))
    runs.replace(numbers(0), numbers(1), numbers(2))
    runs.append(numbers(0), numbers(1), numbers(4))
    assert held(runs, 0, 1) == [[2, 4], [9]]


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_those_of_a_dictionary_of_lists(seed: int) -> None:
    random = np.random.default_rng(seed)
    runs, twin = SlotRuns(), {group: [] for group in range(60)}
    for slot in range(0, 30_000, 100):
        groups = random.permutation(60)[: random.integers(1, 60)].astype(np.int64)
        counts = random.integers(0, 9, len(groups))
        slots = slot + np.arange(counts.sum())
        if random.random() < 0.2:
            runs.replace(groups, counts, slots)
            twin |= {int(group): [] for group in groups}
        else:
            runs.append(groups, counts, slots)
        parts = np.split(slots, np.cumsum(counts)[:-1])
        for group, part in zip(groups, parts, strict=True):
            twin[int(group)] += part.tolist()
        assert held(runs, *twin) == list(twin.values())
