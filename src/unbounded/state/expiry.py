"""Expiry index: the slots whose time has come, at the cost of those alone.

A radix heap over times in microseconds. An entry waits in the bucket named by
the highest byte in which its time differs from the last time popped, and by the
value of that byte. When the time passes into a bucket, its entries spread over
finer ones; each moves at most eight times in its life.

It is not persisted: its owner fills it again at recovery.

Invariants:
    - every entry left is later than the last time popped
    - an entry is in the bucket (level, digit) of its time against that floor
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from unbounded.state.arrow_words import Slots
from unbounded.state.slots import distinct

__all__ = ["ExpiryIndex"]

_LEVELS = 8
_SIGN = np.uint64(1 << 63)
_LEVEL_FLOORS = np.array([1 << (8 * level) for level in range(1, _LEVELS)], np.uint64)
_EARLIEST_US = -(1 << 63)
_LATEST_US = (1 << 63) - 1

Chunk = tuple[Slots, npt.NDArray[np.uint64]]
"""Slots, and their times shifted so that they order as unsigned numbers."""


class ExpiryIndex:
    """Times to slots, taken out in order of time."""

    def __init__(self) -> None:
        self._floor = 0
        self._due: list[Chunk] = []
        self._levels: list[dict[int, list[Chunk]]] = [{} for _ in range(_LEVELS)]
        self.count = 0

    def add(self, slots: Slots, times_us: npt.NDArray[np.int64]) -> None:
        """Note that each slot expires when the time reaches its `times_us`.

        A slot may be noted again with another time; both entries stay.
        """
        self.count += len(slots)
        self._place(slots, times_us.view(np.uint64) ^ _SIGN)

    def pop_until(self, time_us: int) -> Slots:
        """Take out the slots with an entry at or before `time_us`; each once.

        Ascending. An entry outlives a slot that is removed, reused or given a
        later time: who does that compares the slot's own time before acting.
        """
        taken = list(self._pop_chunks(max(_EARLIEST_US, min(time_us, _LATEST_US - 1))))
        if not taken:
            return np.zeros(0, np.int64)
        slots = np.concatenate([chunk[0] for chunk in taken])
        self.count -= len(slots)
        return distinct(slots)

    @property
    def memory_bytes(self) -> int:
        """Bytes held by entries."""
        return 16 * self.count

    def _pop_chunks(self, time_us: int) -> Iterator[Chunk]:
        floor = time_us + (1 << 63) + 1
        if floor > self._floor:
            top = ((floor ^ self._floor).bit_length() - 1) // 8
            digit = (floor >> (8 * top)) & 0xFF
            self._floor = floor
            for buckets in self._levels[:top]:
                for chunks in buckets.values():
                    yield from chunks
                buckets.clear()
            buckets = self._levels[top]
            for passed in [key for key in buckets if key < digit]:
                yield from buckets.pop(passed)
            for slots, times in buckets.pop(digit, []):
                self._place(slots, times)
        yield from self._due
        self._due = []

    def _place(self, slots: Slots, times: npt.NDArray[np.uint64]) -> None:
        floor = np.uint64(self._floor)
        due = times < floor
        if due.any():
            self._due.append((slots[due], times[due]))
            slots, times = slots[~due], times[~due]
        if not len(slots):
            return
        levels = np.searchsorted(_LEVEL_FLOORS, times ^ floor, side="right")
        digits = (times >> (8 * levels).astype(np.uint64)) & np.uint64(0xFF)
        keys = (levels * 256 + digits.astype(np.int64)).astype(np.uint16)
        order = np.argsort(keys, kind="stable")
        keys, slots, times = keys[order], slots[order], times[order]
        edges = np.flatnonzero(keys[1:] != keys[:-1]) + 1
        bounds = [0, *edges.tolist(), len(keys)]
        for start, end in itertools.pairwise(bounds):
            level, digit = divmod(int(keys[start]), 256)
            chunks = self._levels[level].setdefault(digit, [])
            chunks.append((slots[start:end].copy(), times[start:end].copy()))
            _merge_tail(chunks)


def _merge_tail(chunks: list[Chunk]) -> None:
    """Keep each chunk more than twice the next, so a bucket has few of them."""
    while len(chunks) > 1 and len(chunks[-2][0]) <= 2 * len(chunks[-1][0]):
        chunks[-2:] = [_concatenate(chunks[-2:])]


def _concatenate(chunks: Sequence[Chunk]) -> Chunk:
    return (
        np.concatenate([chunk[0] for chunk in chunks]),
        np.concatenate([chunk[1] for chunk in chunks]),
    )
