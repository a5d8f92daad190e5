"""Expiry index: what is due comes out, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from unbounded.state import ExpiryIndex

MINUTE_US = 60_000_000


def add(index: ExpiryIndex, entries: dict[int, int]) -> None:
    slots = np.array(list(entries), np.int64)
    index.add(slots, np.array(list(entries.values()), np.int64))


def test_a_slot_comes_out_when_its_time_is_reached() -> None:
    index = ExpiryIndex()
    add(index, {3: 10 * MINUTE_US, 1: 20 * MINUTE_US, 2: 10 * MINUTE_US})
    assert index.pop_until(10 * MINUTE_US - 1).tolist() == []
    assert index.pop_until(10 * MINUTE_US).tolist() == [2, 3]
    assert index.pop_until(10 * MINUTE_US).tolist() == []
    assert index.pop_until(60 * MINUTE_US).tolist() == [1]


def test_a_slot_added_after_its_time_comes_out_next() -> None:
    index = ExpiryIndex()
    index.pop_until(100)
    add(index, {7: 50, 8: 100, 9: 101})
    assert index.pop_until(100).tolist() == [7, 8]


def test_time_that_goes_back_takes_out_nothing_twice() -> None:
    index = ExpiryIndex()
    add(index, {1: 5, 2: 50})
    assert index.pop_until(10).tolist() == [1]
    assert index.pop_until(3).tolist() == []
    assert index.pop_until(50).tolist() == [2]


def test_a_slot_noted_twice_comes_out_once_a_call() -> None:
    index = ExpiryIndex()
    add(index, {4: 10})
    add(index, {4: 20})
    assert index.pop_until(30).tolist() == [4]


@pytest.mark.parametrize("time_us", [-(2**63), -1, 0, 2**63 - 1])
def test_the_ends_of_time_are_times(time_us: int) -> None:
    index = ExpiryIndex()
    add(index, {1: time_us})
    due = index.pop_until(2**63 - 2).tolist()
    assert due == ([] if time_us == 2**63 - 1 else [1])


def test_random_times_come_out_as_from_a_sorted_list() -> None:
    seed = 7
    random = np.random.default_rng(seed)
    index, entries, now, count = ExpiryIndex(), dict[int, int](), -1000, 0
    for _ in range(300):
        spread = int(random.choice([10, 1000, 10**6, 10**12]))
        size = int(random.integers(0, 40))
        new = {
            count + i: now + int(offset)
            for i, offset in enumerate(random.integers(-5, spread, size))
        }
        count += size
        add(index, new)
        entries |= new
        now += int(random.integers(0, 10 ** int(random.integers(1, 12))))
        due = sorted(slot for slot, time_us in entries.items() if time_us <= now)
        assert index.pop_until(now).tolist() == due, f"seed {seed}"
        for slot in due:
            del entries[slot]
        assert index.count == len(entries)


def test_small_additions_are_put_together() -> None:
    index = ExpiryIndex()
    for number in range(2000):
        slots = np.arange(10 * number, 10 * number + 10)
        index.add(slots, slots % 97)
    assert len(index._runs) == 20_000 // 4100
    assert index.pop_until(96).tolist() == list(range(20_000))
    assert index.count == 0


def test_times_as_far_apart_as_can_be_are_in_order() -> None:
    index = ExpiryIndex()
    slots = np.arange(5000)
    times = np.where(slots % 2 == 0, -(2**63), 2**63 - 2)
    index.add(slots, times)
    assert index.pop_until(0).tolist() == slots[::2].tolist()


def test_what_never_expires_is_not_kept() -> None:
    index = ExpiryIndex()
    index.add(np.arange(2), np.array([2**63 - 1, 5]))
    assert index.count == 1
    assert index.pop_until(2**63 - 1).tolist() == [1]
