"""Hash index: exact whatever the hashes, and it grows a little at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from unbounded.state.arrow_words import Bools, Slots
from unbounded.state.hash_index import HashIndex
from unbounded.state.hashing import Hashes, mix

HASHES: dict[str, Callable[[Slots], Hashes]] = {
    "spread": lambda keys: mix(keys.view(np.uint64)),
    "all equal": lambda keys: np.full(len(keys), 0x1234_5678_9ABC_DEF0, np.uint64),
    "pairs": lambda keys: mix((keys // 2).view(np.uint64)),
    "one shard": lambda keys: mix(keys.view(np.uint64)) >> np.uint64(8),
    "zero": lambda keys: np.zeros(len(keys), np.uint64),
    "ones": lambda keys: np.full(len(keys), 2**64 - 1, np.uint64),
}


class Keys:
    """Integers by slot, indexed: the least that a caller of the index is."""

    def __init__(self, hash_of: Callable[[Slots], Hashes]) -> None:
        self.index = HashIndex()
        self.hash_of = hash_of
        self.by_slot = np.zeros(0, np.int64)

    def find(self, keys: Slots) -> Slots:
        def matches(slots: Slots, rows: Slots) -> Bools:
            equal: Bools = self.by_slot[slots] == keys[rows]
            return equal

        return self.index.find(self.hash_of(keys), matches)

    def insert(self, keys: Slots) -> tuple[Slots, Slots]:
        def agrees(left: Slots, right: Slots) -> Bools:
            equal: Bools = keys[left] == keys[right]
            return equal

        def allocate(rows: Slots) -> Slots:
            first = len(self.by_slot)
            self.by_slot = np.concatenate([self.by_slot, keys[rows]])
            return np.arange(first, len(self.by_slot))

        return self.index.insert(self.hash_of(keys), agrees, allocate)


def array(*keys: int) -> Slots:
    return np.array(keys, np.int64)


@pytest.mark.parametrize("name", HASHES)
def test_every_key_is_found_and_no_other(name: str) -> None:
    keys = Keys(HASHES[name])
    slots, first = keys.insert(np.arange(0, 300, 2))
    assert first.tolist() == list(range(150))
    assert keys.find(np.arange(0, 300, 2)).tolist() == slots.tolist()
    assert (keys.find(np.arange(1, 300, 2)) == -1).all()


@pytest.mark.parametrize("name", HASHES)
def test_repeated_keys_share_the_slot_of_their_first_row(name: str) -> None:
    keys = Keys(HASHES[name])
    slots, first = keys.insert(array(5, 7, 5, 6, 7, 5))
    assert slots.tolist() == [0, 1, 0, 2, 1, 0]
    assert first.tolist() == [0, 1, 3]


@pytest.mark.parametrize("name", HASHES)
def test_removed_keys_are_gone_and_others_stay(name: str) -> None:
    keys = Keys(HASHES[name])
    keys.insert(np.arange(200))
    for start in range(0, 200, 40):
        gone = np.arange(start, start + 40, 2)
        keys.index.remove(keys.hash_of(gone), gone)
    assert (keys.find(np.arange(0, 200, 2)) == -1).all()
    assert keys.find(np.arange(1, 200, 2)).tolist() == list(range(1, 200, 2))
    slots, _ = keys.insert(np.arange(0, 200, 2))
    assert keys.find(np.arange(0, 200, 2)).tolist() == slots.tolist()


def test_growth_never_moves_more_than_a_small_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = Keys(HASHES["spread"])
    keys.insert(np.arange(200_000))
    moved: list[int] = []
    fill = HashIndex._fill

    def count_moved(index: HashIndex, entries: Hashes) -> None:
        moved.append(len(entries))
        fill(index, entries)

    monkeypatch.setattr(HashIndex, "_fill", count_moved)
    for start in range(200_000, 400_000, 2_000):
        moved.clear()
        keys.insert(np.arange(start, start + 2_000))
        assert sum(moved) < 0.04 * start
    assert keys.find(np.arange(400_000)).tolist() == list(range(400_000))


@pytest.mark.parametrize("hashing", HASHES)
def test_a_built_index_is_one_that_took_the_keys_in(hashing: str) -> None:
    keys = Keys(HASHES[hashing])
    count = 20_000 if hashing in ("spread", "pairs", "one shard") else 200
    keys.by_slot = np.arange(count)
    hashes = keys.hash_of(keys.by_slot)
    keys.index.build([hashes[:70], hashes[70:71], hashes[71:71], hashes[71:]])
    assert keys.find(np.arange(-5, count)).tolist() == [-1] * 5 + list(range(count))
    slots, first = keys.insert(array(-7, -8, -7))
    assert (slots.tolist(), first.tolist()) == ([count, count + 1, count], [0, 1])
    gone = np.arange(0, count, 3)
    keys.index.remove(keys.hash_of(gone), gone)
    assert (keys.find(gone) == -1).all()
    assert keys.find(array(1, 2, -7)).tolist() == [1, 2, count]


def test_memory_stays_when_keys_come_and_go() -> None:
    keys = Keys(HASHES["spread"])
    sizes = []
    for start in range(0, 400_000, 4_000):
        slots, _ = keys.insert(np.arange(start, start + 4_000))
        keys.index.remove(keys.hash_of(keys.by_slot[slots]), slots)
        sizes.append(keys.index.memory_bytes)
    assert sizes[-1] <= 2 * sizes[0]


def test_no_rows_are_no_trouble() -> None:
    keys = Keys(HASHES["spread"])
    assert keys.find(array()).tolist() == []
    slots, first = keys.insert(array())
    assert (slots.tolist(), first.tolist()) == ([], [])
